# Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0
"""Faults of the body, and of the commitment and message id that tie it to its key."""

from fault import body, cut, first, flipped, longer, recoded
from faults_keys import AES_WRAP, KMS, OAEP_256, V1_RSA
from faults_names import CBC_KMS, V1, V2, V2_FILE, V2_KMS, V2_RSA, V3, V3_FILE, V3_KMS, V3_KMS_FILE, V3_RSA, V3_RSA_FILE

V2_0 = ("v2-empty", "s3ecj4-V2-0072-AESGCM-aes256a-metadata-0")
V3_0 = ("v3-empty", "s3ecj4-V3-0073-AESGCM-aes256a-metadata-0")
V2_BIG = ("v2-1000", "s3ecj4-V2-0072-AESGCM-aes256a-metadata-1000")
V3_BIG = ("v3-1000", "s3ecj4-V3-0073-AESGCM-aes256a-metadata-1000")
V2_64K = ("v2-65536", "s3ecj4-V2-0072-AESGCM-aes256a-metadata-65536")
V3_64K = ("v3-65536", "s3ecj4-V3-0073-AESGCM-aes256a-metadata-65536")
SAME_KEY = {
    V3_FILE: "s3ecj4-V3-0073-AESGCM-aes256a-instruction-1000",
    V3_RSA_FILE: "s3ecj4-V3-0073-RSAOAEPSHA1-rsa2048a-instruction-1000",
    V2_FILE: "s3ecj4-V2-0072-AESGCM-aes256a-instruction-1000",
}
V3_KMS_FILE_BARE = ("v3-kms-file-bare", "s3ecj4-V3-0073-kmscontext-kmsa-instruction-17")


def add_to(faults) -> None:
    _commitments(faults)
    _swapped(faults)
    _authenticated(faults)
    _cbc(faults)


def _commitments(faults) -> None:
    places = {"first": (0, 7), "second": (1, 0), "middle": (14, 4), "last": (27, 0)}
    for base in (V3, V3_RSA, V3_KMS, V3_FILE, V3_RSA_FILE, V3_KMS_FILE):
        for name, flag in (("x-amz-d", "CommitmentTampered"), ("x-amz-i", "MessageIdTampered")):
            for place, (at, bit) in places.items():
                faults.add(
                    base,
                    f"{name[6:]}-{place}-bit",
                    flag,
                    "commitment",
                    f"a bit of {name} flipped ({place})",
                    recoded(name, flipped(at, bit)),
                )
    faults.add(V3, "d-zeros", "CommitmentTampered", "commitment", "x-amz-d all zero", recoded("x-amz-d", lambda d: bytes(28)))
    faults.add(V3, "i-zeros", "MessageIdTampered", "commitment", "x-amz-i all zero", recoded("x-amz-i", lambda i: bytes(28)))

    def exchanged(edit):
        edit["x-amz-d"], edit["x-amz-i"] = edit["x-amz-i"], edit["x-amz-d"]

    faults.add(V3, "d-and-i-exchanged", "CommitmentTampered", "commitment", "x-amz-d and x-amz-i exchanged", exchanged)
    for base in (V2, V2_RSA, V2_KMS):
        faults.add(base, "iv-bit", "IvTampered", "integrity", "a bit of x-amz-iv flipped", recoded("x-amz-iv", flipped(3, 2)))


def _swapped(faults) -> None:
    def files(other):
        def change(edit):
            edit.raw_file = faults.good(other).instruction

        return change

    for base, other in SAME_KEY.items():
        expect = "integrity" if base == V2_FILE else "commitment"
        faults.add(
            base,
            "other-file",
            "InstructionFileSwapped",
            expect,
            "the instruction file of another object under the same master key put in its place",
            files(other),
        )
    kms_other = "s3ecj4-V3-0073-kmscontext-kmsa-instruction-1000"

    def kms_file(edit):
        files(kms_other)(edit)
        edit.case["kms"] += faults.good(kms_other).case["kms"]

    faults.add(
        V3_KMS_FILE_BARE,
        "other-file",
        "InstructionFileSwapped",
        "commitment",
        "the instruction file of another object under the same master key put in its place",
        kms_file,
    )
    for base, other in ((V2, V2_BIG[1]), (V3, V3_BIG[1]), (V3_FILE, SAME_KEY[V3_FILE])):

        def bodies(edit, other=other):
            edit.body = faults.good(other).body

        faults.add(
            base,
            "other-body",
            "BodySwapped",
            "integrity",
            "the body of another object under the same master key put in its place",
            bodies,
        )


def _authenticated(faults) -> None:
    for base in (V2_0, V3_0):
        for size in range(16):
            faults.add(
                base,
                f"body-{size}-bytes",
                "BodyShorterThanTag",
                "integrity",
                f"the body cut to {size} bytes, less than a tag",
                body(first(size)),
            )
    for base in (V2, V3):
        for size in (0, 1, 15, 16, 17, 32, 48):
            faults.add(
                base, f"body-{size}-bytes", "BodyTruncated", "integrity", f"the body cut to {size} bytes", body(first(size))
            )
    spoilt = {
        "cut": ("BodyTruncated", cut(1)),
        "tag-cut": ("BodyTruncated", cut(16)),
        "head-cut": ("BodyTruncated", lambda data: data[1:]),
        "longer": ("BodyExtended", longer(b"\x00")),
        "block-longer": ("BodyExtended", longer(bytes(16))),
        "twice": ("BodyExtended", lambda data: data + data),
        "first-bit": ("BodyTampered", flipped(0, 7)),
        "last-bit": ("BodyTampered", flipped(-1)),
        "tag-first-bit": ("BodyTampered", flipped(-16)),
        "before-tag": ("BodyTampered", flipped(-17)),
        "tag-zeros": ("BodyTampered", lambda data: data[:-16] + bytes(16)),
    }
    for base in (V2, V2_RSA, V2_KMS, V2_BIG, V3, V3_RSA, V3_KMS, V3_BIG, V3_FILE, AES_WRAP, OAEP_256, KMS):
        for name, (flag, how) in spoilt.items():
            faults.add(base, f"body-{name}", flag, "integrity", f"the body is changed ({name.replace('-', ' ')})", body(how))
    for base in (V2_BIG, V3_BIG):
        faults.add(
            base, "body-middle-bit", "BodyTampered", "integrity", "a bit in the body's middle flipped", body(flipped(500, 3))
        )
        faults.add(
            base,
            "body-blocks-exchanged",
            "BodyTampered",
            "integrity",
            "two blocks of the body exchanged",
            body(lambda data: data[:32] + data[48:64] + data[32:48] + data[64:]),
        )
    # Long enough for a reader that works in pieces to hand the first ones over too early.
    for base in (V2_64K, V3_64K):
        faults.add(
            base, "body-first-bit", "BodyTampered", "integrity", "a bit of the body's first byte flipped", body(flipped(0))
        )
        faults.add(base, "body-last-bit", "BodyTampered", "integrity", "a bit of the tag flipped", body(flipped(-1)))
        faults.add(base, "body-cut", "BodyTruncated", "integrity", "the body's last byte cut off", body(cut(1)))


def _cbc(faults) -> None:
    for base in (V1, V1_RSA, CBC_KMS):
        size = faults.good(base[1]).case["plaintext"]["bytes"]
        count = 16 - size % 16

        def padding(value, count=count):
            """Makes the last byte of padding another: the block before the last is added to it."""
            return body(lambda data: data[:-17] + bytes([data[-17] ^ count ^ value]) + data[-16:])

        rows = {
            "empty": ("BodyTruncated", body(first(0))),
            "cut": ("BodyTruncated", body(cut(1))),
            "block-cut": ("BodyTruncated", body(cut(16))),
            "15-bytes": ("BodyTruncated", body(first(15))),
            "longer": ("BodyExtended", body(longer(b"\x00"))),
            "padding-0": ("CbcPadding", padding(0)),
            "padding-17": ("CbcPadding", padding(17)),
            "padding-255": ("CbcPadding", padding(255)),
            "padding-too-long": ("CbcPadding", padding(min(count + 1, 16) if count < 16 else 0)),
        }
        for name, (flag, change) in rows.items():
            faults.add(base, f"body-{name}", flag, "integrity", f"the body is changed ({name.replace('-', ' ')})", change)
        faults.add_first(
            base,
            "body-last-bit",
            "BodyTampered",
            "integrity",
            "a bit of the body's last block flipped",
            [body(flipped(-1, bit)) for bit in range(8)],
        )
