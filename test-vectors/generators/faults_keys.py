# Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0
"""Faults of the wrapped key and of what it is bound to, and of permission: policy, keys, contexts, descriptions."""

import base64
import json

import reference
import sealing
import vector
from fault import both, cut, drop, first, flipped, longer, put, recoded, text
from faults_names import (
    CBC_KMS,
    V1,
    V1_FILE,
    V2,
    V2_DESCRIBED,
    V2_FILE,
    V2_FILE_DESCRIBED,
    V2_KMS,
    V2_RSA,
    V3,
    V3_DESCRIBED,
    V3_FILE,
    V3_FILE_DESCRIBED,
    V3_KMS,
    V3_KMS_FILE,
    V3_RSA,
    V3_RSA_FILE,
)
from vector import ALLOW_DECRYPT, EVERYTHING, REQUIRE_DECRYPT, b64

V1_RSA = ("v1-rsa", "awsj1-eo-V1-0070-RSA-rsa2048a-metadata-17")
AES_WRAP = ("aeswrap", "awsj1-ae-V2-0072-AESWrap-aes256a-metadata-17")
OAEP_256 = ("oaep256", "awsj1-ae-V2-0072-OAEP256-rsa2048a-metadata-17")
KMS = ("kms", "awsj1-ae-V2-0072-kms-kmsa-metadata-17")
V2_KMS_BARE = ("v2-kms-bare", "s3ecj4-V2-0072-kmscontext-kmsa-metadata-17")
V3_KMS_BARE = ("v3-kms-bare", "s3ecj4-V3-0073-kmscontext-kmsa-metadata-17")
V2_16 = ("v2-16", "s3ecj4-V2-0072-AESGCM-aes256a-metadata-16")
V2_RSA_0 = ("v2-rsa-0", "s3ecj4-V2-0072-RSAOAEPSHA1-rsa2048a-metadata-0")
V2_KMS_0 = ("v2-kms-0", "s3ecj4-V2-0072-kmscontext-kmsa-metadata-0")
AES_WRAP_0 = ("aeswrap-0", "awsj1-ae-V2-0072-AESWrap-aes256a-metadata-0")
REENCRYPTED = ("reencrypted", "made-aesgcm-over-cbc-bound-to-cbc-tag-0")
REENCRYPTED_RSA = ("reencrypted-rsa", "made-rsaoaepsha1-over-cbc-bound-to-cbc-tag-0")
CBC = "AES/CBC/PKCS5Padding"
OAEP_256_NAME = "RSA/ECB/OAEPWithSHA-256AndMGF1Padding"


def add_to(faults) -> None:
    _policies(faults)
    _rewritten(faults)
    _bound_to_gcm(faults)
    _relabelled(faults)
    _wrapped_keys(faults)
    _rsa_envelopes(faults)
    _pkcs1(faults)
    _data_keys(faults)
    _other_keys(faults)
    _contexts(faults)
    _descriptions(faults)


def _policies(faults) -> None:
    for base in (V1, V1_RSA, V1_FILE, CBC_KMS, REENCRYPTED):
        faults.add(
            base,
            "cbc-not-allowed",
            "CbcNotAllowed",
            "policy",
            "read without permission for CBC content",
            policy={**EVERYTHING, "legacyContent": False},
        )
    for base in (V1, V1_RSA, V1_FILE, CBC_KMS, AES_WRAP, OAEP_256, KMS):
        faults.add(
            base,
            "wrap-not-allowed",
            "LegacyWrapNotAllowed",
            "policy",
            "read without permission for legacy wraps",
            policy={**EVERYTHING, "legacyWrap": False},
        )
    for base in (V1, V1_RSA, CBC_KMS, AES_WRAP, OAEP_256, KMS, V2, V2_RSA, V2_KMS, V2_FILE, REENCRYPTED):
        faults.add(
            base,
            "commitment-required",
            "CommitmentRequired",
            "policy",
            "read under a policy that requires commitment",
            policy={**EVERYTHING, "commitment": REQUIRE_DECRYPT},
        )
    # With the gate shut nobody must be able to tell a right padding from a wrong one: the same refusal for both.
    shut = {"commitment": ALLOW_DECRYPT, "legacyWrap": False, "legacyContent": True}
    faults.add(
        V1_RSA,
        "wrap-not-allowed-bad-padding",
        "Pkcs1Oracle",
        "policy",
        "read without permission for legacy wraps, and the wrapped key's padding is wrong",
        _pkcs1_block(lambda b: b"\x00\x01" + b[2:]),
        policy=shut,
    )


def _rewritten(faults) -> None:
    """Format V3 rewritten as V2, and the other way; content in GCM declared to be CBC."""

    def as_v2(edit, context=None):
        envelope = edit.envelope()
        edit.meta.clear()
        edit.file = None
        description = envelope.description if context is None else context
        names = sealing.names_v2(envelope.wrap, reference.GCM_NAME, envelope.wrapped, b"\x01" * 12, description)
        edit.meta.update(names)

    def as_v2_in_file(edit):
        as_v2(edit)
        edit.file = dict(edit.meta)
        edit.meta.clear()

    def as_v3(edit):
        envelope = edit.envelope()
        edit.meta.clear()
        message_id = b"\x02" * 28
        edit.meta.update(sealing.names_v3(envelope.wrap, edit.data_key(), envelope.wrapped, message_id, envelope.description))

    for base in (V3, V3_RSA, V3_KMS_BARE, V3_KMS, V3_DESCRIBED):
        faults.add(base, "as-v2", "V3RewrittenAsV2", "unwrap", "envelope rewritten as format V2, the commitment gone", as_v2)
    for base in (V3_FILE, V3_RSA_FILE, V3_KMS_FILE):
        faults.add(
            base, "as-v2", "V3RewrittenAsV2", "unwrap", "envelope rewritten as format V2 in the instruction file", as_v2_in_file
        )
    for base in (V3_KMS_BARE, V3_KMS):

        def with_context(edit):
            as_v2(edit, {**edit.envelope().description, reference.BOUND_ALGORITHM: reference.GCM_NAME})

        faults.add(
            base,
            "as-v2-context-too",
            "V3RewrittenAsV2",
            "unwrap",
            "envelope rewritten as format V2, and the stored context's content algorithm with it",
            with_context,
        )
    for base in (V2, V2_RSA, V2_KMS_BARE):
        faults.add(
            base, "as-v3", "V2RewrittenAsV3", "unwrap", "envelope rewritten as format V3, with a fitting commitment", as_v3
        )

    for base in (V2, V2_RSA, V2_KMS_BARE, AES_WRAP):
        faults.add(
            base,
            "as-cbc-only-name",
            "GcmDeclaredCbc",
            "format",
            "content algorithm changed to CBC, and nothing else",
            text("x-amz-cek-alg", CBC),
        )

    def as_cbc(filler):
        return both(
            text("x-amz-cek-alg", CBC), drop("x-amz-tag-len"), recoded("x-amz-iv", lambda iv: iv + bytes([0, 0, 0, filler]))
        )

    # Where the wrap can't tell, padding must: a filler for which it does not happen to be right.
    for base, expect, also in (
        (V2_16, "unwrap", ()),
        (V2_RSA_0, "unwrap", ()),
        (V2_KMS_0, "unwrap", ()),
        (AES_WRAP_0, "integrity", ()),
    ):
        faults.add_first(
            base,
            "as-cbc",
            "GcmDeclaredCbc",
            expect,
            "content algorithm changed to CBC, the tag length removed and the IV made longer",
            [as_cbc(filler) for filler in range(256)],
            also=also,
        )


def _bound_to_gcm(faults) -> None:
    """What S3EC Java makes of a CBC object's instruction file: nothing tells it from a GCM object declared to be CBC."""
    for base in (REENCRYPTED, REENCRYPTED_RSA):

        def bound(edit):
            draw = sealing.Draw("bound-to-gcm")
            key = faults.keys[edit.case["key"]]
            edit.file["x-amz-key-v2"] = b64(
                sealing.seal_key(edit.case["wrap"], key, edit.data_key(), reference.GCM_NAME, draw)
            )

        faults.add(
            base,
            "bound-to-gcm",
            "GcmDeclaredCbc",
            "unwrap",
            "wrapped key bound to AES/GCM/NoPadding over CBC content, as S3EC Java re-encrypts",
            bound,
        )


def _relabelled(faults) -> None:
    for base, wrap, expect, also in (
        (V2, "AESWrap", "unwrap", ()),
        (V2, "RSA-OAEP-SHA1", "no-key", ()),
        (V2, "kms", "no-key", ()),
        (V2, "kms+context", "no-key", ["unwrap"]),
        (V2, OAEP_256_NAME, "no-key", ()),
        (AES_WRAP, "AES/GCM", "unwrap", ()),
        (V2_RSA, OAEP_256_NAME, "unwrap", ()),
        (V2_RSA, "AES/GCM", "no-key", ()),
        (OAEP_256, "RSA-OAEP-SHA1", "unwrap", ()),
        (KMS, "kms+context", "unwrap", ["no-key"]),
        (KMS, "AESWrap", "no-key", ()),
    ):
        name = "".join(c if c.isalnum() else "-" for c in wrap.replace("+", "plus")).lower()
        faults.add(
            base,
            f"relabelled-{name}",
            "WrapRelabelled",
            expect,
            f"x-amz-wrap-alg changed to {wrap}",
            text("x-amz-wrap-alg", wrap),
            also=also,
        )
    for base, code, expect in ((V3, "12", "no-key"), (V3, "22", "no-key"), (V3_RSA, "02", "no-key"), (V3_KMS, "02", "no-key")):
        faults.add(
            base,
            f"relabelled-{code}",
            "WrapRelabelled",
            expect,
            f"x-amz-w changed to {code}",
            text("x-amz-w", code),
            also=["unwrap"],
        )
    faults.add(
        V2_KMS,
        "relabelled-kms",
        "KmsContextRelabelledKms",
        "unwrap",
        "kms+context changed to kms, and the caller gives a context",
        text("x-amz-wrap-alg", "kms"),
        also=["no-key"],
    )
    faults.add(
        V2_KMS_BARE,
        "relabelled-kms",
        "KmsContextRelabelledKms",
        "unwrap",
        "kms+context changed to kms",
        text("x-amz-wrap-alg", "kms"),
    )

    def without_bound(edit):
        edit["x-amz-wrap-alg"] = "kms"
        stored = json.loads(edit["x-amz-matdesc"])
        del stored[reference.BOUND_ALGORITHM]
        edit["x-amz-matdesc"] = sealing.compact(stored)

    faults.add(
        V2_KMS_BARE,
        "relabelled-kms-context-too",
        "KmsContextRelabelledKms",
        "unwrap",
        "kms+context changed to kms, and the reserved entry removed",
        without_bound,
    )
    faults.add(
        KMS,
        "with-context",
        "KmsWithContext",
        "no-key",
        "the caller gives a context, which the wrap kms has no place for",
        encryptionContext={"team": "blue/green"},
    )

    def as_v1(more):
        def change(edit):
            wrapped, iv = edit.bytes("x-amz-key-v2"), edit.bytes("x-amz-iv")
            edit.meta.clear()
            edit.meta.update(sealing.names_v1(wrapped, iv + more, {}))

        return change

    for base in (V2, V2_RSA, AES_WRAP):
        faults.add(base, "as-v1", "RewrittenAsV1", "format", "envelope rewritten as format V1, with its IV", as_v1(b""))
        faults.add(
            base,
            "as-v1-longer-iv",
            "RewrittenAsV1",
            "unwrap",
            "envelope rewritten as format V1, with an IV made longer",
            as_v1(bytes(4)),
            also=["integrity", "no-key"],
        )


def _wrapped_keys(faults) -> None:
    legacy = (AES_WRAP, OAEP_256, KMS)
    spoilt = {
        "cut": cut(1),
        "longer": longer(b"\x00"),
        "first-bit": flipped(0, 7),
        "last-bit": flipped(-1),
        "middle-bit": flipped(20, 3),
        "one-byte": first(1),
        "12-bytes": first(12),
        "doubled": lambda key: key + key,
        "zeros": lambda key: bytes(len(key)),
    }
    for base in (V2, V2_RSA, V2_KMS_BARE, V2_FILE, V3, V3_RSA, V3_KMS_BARE, V3_FILE, V3_RSA_FILE, *legacy):
        for name, how in spoilt.items():
            faults.add(
                base,
                f"key-{name}",
                "WrappedKeyDamaged",
                "unwrap",
                f"the wrapped key is changed ({name.replace('-', ' ')})",
                recoded(None, how),
            )
    flips = {"first-bit": 0, "middle-bit": 20}
    for base in (V1, V1_RSA):
        for name, how in spoilt.items():
            # A damaged key may still have right padding: then its content must not open. Some tell the kind of V1's
            # wrap by the wrapped key's length (fact sheet, 8.10): for these no keyring takes it.
            bits = [recoded(None, flipped(flips[name], bit)) for bit in range(8)] if name in flips else [recoded(None, how)]
            faults.add_first(
                base,
                f"key-{name}",
                "WrappedKeyDamaged",
                "unwrap",
                f"the wrapped key is changed ({name.replace('-', ' ')})",
                bits,
                also=["integrity", "no-key"],
            )
    for base in (V2, V3):
        for size in (27, 28, 29, 43):
            faults.add(
                base,
                f"key-{size}-bytes",
                "WrappedKeyDamaged",
                "unwrap",
                f"the wrapped key is cut to {size} bytes",
                recoded(None, first(size)),
            )


def _rsa_envelopes(faults) -> None:
    for base, own, foreign in ((V2_RSA, b"AES/GCM/NoPadding", b"115"), (V3_RSA, b"115", b"AES/GCM/NoPadding")):
        shapes = {
            "length-0": lambda key, own=own: b"\x00" + key + own,
            "length-16": lambda key, own=own: b"\x10" + key + own,
            "length-31": lambda key, own=own: b"\x1f" + key + own,
            "length-33": lambda key, own=own: b"\x21" + key + own,
            "length-255": lambda key, own=own: b"\xff" + key + own,
            "length-past-end": lambda key, own=own: b"\x20" + key[:8],
            "other-suffix": lambda key, foreign=foreign: b"\x20" + key + foreign,
            "no-suffix": lambda key: b"\x20" + key,
            "short-suffix": lambda key, own=own: b"\x20" + key + own[:-1],
            "trailing-byte": lambda key, own=own: b"\x20" + key + own + b"\x00",
            "trailing-text": lambda key, own=own: b"\x20" + key + own + b" and more",
            "suffix-twice": lambda key, own=own: b"\x20" + key + own + own,
            "suffix-case": lambda key, own=own: b"\x20" + key + own.swapcase() + (b"" if own.swapcase() != own else b"\n"),
            "bare-key": lambda key: key,
            "empty": lambda key: b"",
            "only-length": lambda key: b"\x20",
            "key-31": lambda key, own=own: b"\x1f" + key[:31] + own,
            "key-33": lambda key, own=own: b"\x21" + key + b"\x00" + own,
        }
        for name, shape in shapes.items():

            def change(edit, base=base, name=name, shape=shape):
                sealed = _resealed(faults, edit, f"rsa-envelope-{base[0]}-{name}", shape(edit.data_key()))
                edit.set_bytes(edit.wrapped_name(), sealed)

            faults.add(
                base,
                f"rsa-envelope-{name}",
                "RsaEnvelope",
                "unwrap",
                f"the RSA envelope, encrypted anew with the public key, is malformed ({name.replace('-', ' ')})",
                change,
            )


def _resealed(faults, edit, seed: str, envelope: bytes) -> bytes:
    key = faults.keys[edit.case["key"]]
    return sealing.seal_key("RSA-OAEP-SHA1", key, b"", "", sealing.Draw(seed), envelope=envelope)


def _pkcs1_block(how):
    """Encrypts a block of PKCS #1 v1.5 anew, once ``how`` has changed it."""

    def change(edit):
        key = vector.load_keys()[edit.case["key"]]
        block = sealing.pkcs1(sealing.size_of(key), edit.data_key(), sealing.Draw("pkcs1"))
        edit.set_bytes("x-amz-key", sealing.rsa(key, how(block)))

    return change


def _pkcs1(faults) -> None:
    def with_key(size):
        return lambda block: block[:2] + b"\x55" * (len(block) - 3 - size) + b"\x00" + (block[-32:] * 3)[:size]

    shapes = {
        "block-type-1": lambda block: b"\x00\x01" + block[2:],
        "block-type-0": lambda block: b"\x00\x00" + block[2:],
        "first-byte": lambda block: b"\x01\x02" + block[2:],
        "no-delimiter": lambda block: block[:2] + b"\x55" * (len(block) - 2),
        "short-filler": lambda block: block[:2] + b"\x55" * 7 + b"\x00" + block[10:],
        "no-filler": lambda block: block[:2] + b"\x00" + block[3:],
        "zero-in-filler": lambda block: block[:40] + b"\x00" + block[41:],
        "key-0": with_key(0),
        "key-15": with_key(15),
        "key-31": with_key(31),
        "key-33": with_key(33),
        "key-64": with_key(64),
        # What a provider writes for which the name RSA means the bare operation.
        "textbook": lambda block: bytes(len(block) - 32) + block[-32:],
    }
    for name, how in shapes.items():
        faults.add(
            V1_RSA,
            f"pkcs1-{name}",
            "Pkcs1Padding",
            "unwrap",
            f"the wrapped key, encrypted anew with the public key, has wrong padding ({name.replace('-', ' ')})",
            _pkcs1_block(how),
            also=["integrity"],
        )


def _data_keys(faults) -> None:
    """Format V3 with a data key that is not of 32 bytes; any format with one that is no AES key."""

    def of_size(base, size):
        def change(edit):
            key, envelope = faults.keys[edit.case["key"]], edit.envelope()
            data_key = (edit.data_key() * 2)[:size]
            inside = bytes([size]) + data_key + envelope.content_name.encode("ascii")
            sealed = sealing.seal_key(
                envelope.wrap, key, data_key, envelope.content_name, sealing.Draw(f"data-key-{base[0]}-{size}"), envelope=inside
            )
            edit.set_bytes(edit.wrapped_name(), sealed)
            if envelope.format == "V3":
                commitment, _ = reference.derive(data_key, envelope.iv)
                edit.set_bytes("x-amz-d", commitment)

        return change

    for base, sizes in ((V3, (16, 24, 31, 33, 64)), (V3_RSA, (16, 24)), (V2, (15, 31, 33, 64))):
        for size in sizes:
            faults.add(
                base,
                f"data-key-{size}",
                "DataKeyLength",
                "unwrap",
                f"the wrapped data key has {size} bytes",
                of_size(base, size),
                also=["commitment"] if base != V2 else (),
            )
    for base in (V3_KMS_BARE, V2_KMS_BARE, KMS):
        for size in (16, 33) if base == V3_KMS_BARE else (15, 33):

            def change(edit, size=size):
                record = edit.case["kms"][0]
                data_key = (base64.b64decode(record["plaintext"]) * 2)[:size]
                record["plaintext"] = b64(data_key)
                if edit.case["format"] == "V3":
                    edit.set_bytes("x-amz-d", reference.derive(data_key, edit.envelope().iv)[0])

            faults.add(
                base,
                f"data-key-{size}",
                "DataKeyLength",
                "unwrap",
                f"KMS answers with a data key of {size} bytes",
                change,
                also=["commitment"] if base == V3_KMS_BARE else (),
            )


def _other_keys(faults) -> None:
    same_kind = {"AES": "aes-256-b", "RSA": "rsa-2048-b", "KMS": "kms-b"}
    other_kind = {"AES": ("rsa-2048-a", "kms-a"), "RSA": ("aes-256-a", "kms-a"), "KMS": ("aes-256-a", "rsa-2048-a")}
    for base in (V1, V1_RSA, V2, V2_RSA, V2_KMS_BARE, V2_FILE, V3, V3_RSA, V3_KMS_BARE, V3_FILE, AES_WRAP, OAEP_256, KMS):
        kind = faults.keys[faults.good(base[1]).case["key"]]["type"]
        v1 = base in (V1, V1_RSA)
        also = ["integrity"] if v1 else ["no-key"] if kind == "KMS" else ()
        faults.add(
            base,
            "other-key",
            "OtherKey",
            "unwrap",
            "read with another master key of the same kind",
            key=same_kind[kind],
            also=also,
        )
        for key in other_kind[kind]:
            short = faults.keys[key]["type"].lower()
            # Nothing stored tells the wraps of format V1 apart.
            expect, also = ("unwrap", ["no-key", "integrity"]) if v1 and short != "kms" else ("no-key", ())
            faults.add(
                base, f"{short}-key", "OtherKindOfKey", expect, f"read with a master key of kind {short}", key=key, also=also
            )


def _contexts(faults) -> None:
    whole = faults.good(V2_KMS[1]).case["encryptionContext"]
    name, value = next(iter(whole.items()))
    callers = {
        "missing": {},
        "subset": {name: value},
        "superset": {**whole, "more": "yes"},
        "other-value": {**whole, name: value + "."},
        "value-case": {**whole, name: value.upper()},
        "name-case": {n.upper() if n == name else n: v for n, v in whole.items()},
        "reserved": {**whole, reference.BOUND_ALGORITHM: "115"},
        "key-id": {**whole, reference.KMS_KEY_ID: "arn:aws:kms:eu-central-1:111122223333:key/x"},
    }
    for base in (V2_KMS, V3_KMS, V3_KMS_FILE):
        for how, context in callers.items():
            faults.add(
                base,
                f"context-{how}",
                "OtherContext",
                "no-key",
                f"the caller's encryption context is not the stored one ({how.replace('-', ' ')})",
                encryptionContext=context,
            )
    for base in (V2_KMS_BARE, V3_KMS_BARE, V2, V3, V3_RSA):
        faults.add(
            base,
            "context-unasked",
            "OtherContext",
            "no-key",
            "the caller gives a context, and the object has none",
            encryptionContext={"team": "blue/green"},
        )

    def stored(how):
        def change(edit):
            field = "x-amz-t" if edit.case["format"] == "V3" else "x-amz-matdesc"
            context = json.loads(edit[field])
            how(context)
            edit[field] = sealing.compact(context)

        return change

    def tampered(context):
        context["team"] = "red"

    def keyed(context):
        context[reference.KMS_KEY_ID] = "arn:aws:kms:eu-central-1:111122223333:key/x"

    for base in (V2_KMS, V3_KMS):
        faults.add(
            base,
            "stored-context-other-value",
            "StoredContextTampered",
            "unwrap",
            "a value of the stored context changed, and the caller gives the changed one",
            stored(tampered),
            encryptionContext={**whole, "team": "red"},
        )
        faults.add(
            base,
            "stored-context-key-id",
            "StoredContextTampered",
            "unwrap",
            "kms_cmk_id added to the stored context",
            stored(keyed),
        )
    for base, other in ((V2_KMS, "115"), (V3_KMS, reference.GCM_NAME), (V2_KMS, CBC)):

        def bound_to(context, other=other):
            context[reference.BOUND_ALGORITHM] = other

        short = "115" if other == "115" else "cbc" if other == CBC else "gcm"
        faults.add(
            base,
            f"bound-to-{short}",
            "ContextBinding",
            "unwrap",
            f"the context is bound to {other}, also in KMS, and the content is another",
            both(stored(bound_to), _in_kms(bound_to)),
        )

    def unbound(context):
        del context[reference.BOUND_ALGORITHM]

    for base in (V2_KMS, V3_KMS, V2_KMS_BARE, V3_KMS_BARE):
        faults.add(
            base,
            "unbound",
            "ContextBinding",
            "unwrap",
            "the context is bound to no content algorithm, also in KMS",
            both(stored(unbound), _in_kms(unbound)),
        )
    for base, field in ((V2_KMS_BARE, "x-amz-matdesc"), (V3_KMS_BARE, "x-amz-t")):
        faults.add(base, "no-context", "ContextBinding", "unwrap", "the stored context removed", drop(field))
        faults.add(base, "empty-context", "ContextBinding", "unwrap", "the stored context emptied", text(field, "{}"))


def _in_kms(how):
    return lambda edit: how(edit.case["kms"][0]["encryptionContext"])


def _descriptions(faults) -> None:
    bases = (
        (V2_DESCRIBED, "x-amz-matdesc"),
        (V2_FILE_DESCRIBED, "x-amz-matdesc"),
        (V3_DESCRIBED, "x-amz-m"),
        (V3_FILE_DESCRIBED, "x-amz-m"),
    )
    for base, field in bases:
        good = faults.good(base[1]).case["materialsDescription"]
        changes = {
            "other-value": {**good, "team": "red"},
            "superset": {**good, "more": "yes"},
            "empty": {},
            "subset": {"team": good["team"]},
        }
        for how, description in changes.items():
            faults.add(
                base,
                f"description-{how}",
                "DescriptionTampered",
                "no-key",
                f"the stored materials description is changed, so that no key is selected ({how.replace('-', ' ')})",
                text(field, sealing.compact(description)),
                also=["unwrap"],
            )
        faults.add(
            base,
            "description-other-key",
            "DescriptionTampered",
            "unwrap",
            "the stored materials description is changed, so that another key is selected",
            text(field, '{"key":"b"}'),
            key="aes-256-b",
            materialsDescription={"key": "b"},
        )
    for base, field in ((V2, "x-amz-matdesc"), (V3, "x-amz-m"), (V1, "x-amz-matdesc")):
        faults.add(
            base,
            "description-added",
            "DescriptionTampered",
            "no-key",
            "a materials description is added",
            put({field: '{"key":"b"}'}),
            also=["unwrap"],
        )
