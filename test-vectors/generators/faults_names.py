# Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0
"""Faults of names and text: which format it is, fields that are missing, doubled, malformed, or in the wrong place."""

import json

import reference
from fault import both, drop, no_file, put, put_in_file, raw_file, recoded, text

V1 = ("v1", "awsj1-eo-V1-0070-AES-aes256a-metadata-33")
V1_FILE = ("v1-file", "awsj1-eo-V1-0070-AES-aes256a-instruction-17")
V2 = ("v2", "s3ecj4-V2-0072-AESGCM-aes256a-metadata-33")
V2_RSA = ("v2-rsa", "s3ecj4-V2-0072-RSAOAEPSHA1-rsa2048a-metadata-17")
V2_KMS = ("v2-kms", "s3ecj4-V2-0072-kmscontext-kmsa-metadata-ascii-17")
V2_FILE = ("v2-file", "s3ecj4-V2-0072-AESGCM-aes256a-instruction-17")
V2_DESCRIBED = ("v2-described", "s3ecj4-V2-0072-AESGCM-aes256a-metadata-ascii-17")
V2_FILE_DESCRIBED = ("v2-file-described", "s3ecj4-V2-0072-AESGCM-aes256a-instruction-ascii-17")
V3 = ("v3", "s3ecj4-V3-0073-AESGCM-aes256a-metadata-33")
V3_RSA = ("v3-rsa", "s3ecj4-V3-0073-RSAOAEPSHA1-rsa2048a-metadata-17")
V3_KMS = ("v3-kms", "s3ecj4-V3-0073-kmscontext-kmsa-metadata-ascii-17")
V3_FILE = ("v3-file", "s3ecj4-V3-0073-AESGCM-aes256a-instruction-17")
V3_RSA_FILE = ("v3-rsa-file", "s3ecj4-V3-0073-RSAOAEPSHA1-rsa2048a-instruction-17")
V3_KMS_FILE = ("v3-kms-file", "s3ecj4-V3-0073-kmscontext-kmsa-instruction-ascii-17")
V3_DESCRIBED = ("v3-described", "s3ecj4-V3-0073-AESGCM-aes256a-metadata-ascii-17")
V3_FILE_DESCRIBED = ("v3-file-described", "s3ecj4-V3-0073-AESGCM-aes256a-instruction-ascii-17")
CBC_KMS = ("cbc-kms", "awsj1-eo-V2-0070-kms-kmsa-metadata-17")

ANY_KEY = "AAAA" * 20
OBJECT_PART = ("x-amz-c", "x-amz-d", "x-amz-i")
OLD_EXTRAS = {
    "x-amz-iv": "AAAAAAAAAAAAAAAA",
    "x-amz-wrap-alg": "AES/GCM",
    "x-amz-cek-alg": reference.GCM_NAME,
    "x-amz-tag-len": "128",
    "x-amz-matdesc": "{}",
}
NEW_EXTRAS = {
    "x-amz-c": "115",
    "x-amz-d": "A" * 38 + "==",
    "x-amz-i": "A" * 38 + "==",
    "x-amz-w": "02",
    "x-amz-m": '{"a":"b"}',
    "x-amz-t": '{"a":"b"}',
}


def add_to(faults) -> None:
    _two_keys(faults)
    _two_generations(faults)
    _object_and_file(faults)
    _missing(faults)
    _fields(faults)
    _json(faults)
    _no_envelope(faults)


def _short(name: str) -> str:
    return name.removeprefix("x-amz-")


def _two_keys(faults) -> None:
    names = {"V1": "x-amz-key", "V2": "x-amz-key-v2", "V3": "x-amz-3"}
    for base, own in ((V1, "V1"), (V2, "V2"), (V3, "V3")):
        for other in names.keys() - {own}:
            faults.add(
                base,
                f"and-{_short(names[other])}",
                "TwoWrappedKeys",
                "format",
                f"{names[other]} added beside the wrapped key of format {own}",
                put({names[other]: ANY_KEY}),
            )
    faults.add(V2, "all-keys", "TwoWrappedKeys", "format", "three wrapped keys", put({"x-amz-key": ANY_KEY, "x-amz-3": ANY_KEY}))
    for base, other in ((V1_FILE, "x-amz-key-v2"), (V2_FILE, "x-amz-key"), (V3_FILE, "x-amz-key-v2"), (V2_FILE, "x-amz-3")):
        faults.add(
            base,
            f"and-{_short(other)}",
            "TwoWrappedKeys",
            "format",
            f"{other} added in the instruction file beside the wrapped key",
            put_in_file({other: ANY_KEY}),
        )


def _two_generations(faults) -> None:
    for name, value in OLD_EXTRAS.items():
        faults.add(
            V3, f"and-{_short(name)}", "MixedGenerations", "format", f"{name}, of formats V1 and V2, added", put({name: value})
        )
    for name, value in NEW_EXTRAS.items():
        faults.add(V2, f"and-{_short(name)}", "SpoofedV3Header", "format", f"{name}, of format V3, added", put({name: value}))
    for base, code in ((V2, "02"), (V2_RSA, "22"), (V2_KMS, "12")):
        faults.add(
            base,
            "spoofed-v3",
            "SpoofedV3Header",
            "format",
            "x-amz-c and x-amz-w added, so that it looks committed",
            put({"x-amz-c": "115", "x-amz-w": code}),
        )
        faults.add(
            base,
            "spoofed-v3-whole",
            "SpoofedV3Header",
            "format",
            "x-amz-c, d, i and w added, so that it looks committed",
            put({name: NEW_EXTRAS[name] for name in OBJECT_PART} | {"x-amz-w": code}),
        )
    faults.add(V1, "and-c", "SpoofedV3Header", "format", "x-amz-c, of format V3, added", put({"x-amz-c": "115"}))
    for name in ("x-amz-wrap-alg", "x-amz-cek-alg", "x-amz-tag-len"):
        value = {"x-amz-wrap-alg": "AESWrap", "x-amz-cek-alg": "AES/CBC/PKCS5Padding", "x-amz-tag-len": "0"}[name]
        faults.add(V1, f"and-{_short(name)}", "MixedFormats", "format", f"{name}, of format V2, added", put({name: value}))


def _object_and_file(faults) -> None:
    def copied(*names):
        return lambda edit: edit.file.update({name: edit.meta[name] for name in names})

    def moved(*names):
        def change(edit):
            for name in names:
                edit.file[name] = edit.meta.pop(name)

        return change

    for base in (V3_FILE, V3_RSA_FILE, V3_KMS_FILE):
        for names in ((name,) for name in OBJECT_PART):
            faults.add(
                base,
                f"copied-{_short(names[0])}",
                "ObjectPartInInstructionFile",
                "format",
                f"{names[0]} copied into the instruction file, with the same value",
                copied(*names),
            )
        faults.add(
            base,
            "copied-all",
            "ObjectPartInInstructionFile",
            "format",
            "x-amz-c, d and i copied into the instruction file, with the same values",
            copied(*OBJECT_PART),
        )
        faults.add(
            base,
            "moved-all",
            "ObjectPartInInstructionFile",
            "format",
            "x-amz-c, d and i moved into the instruction file",
            moved(*OBJECT_PART),
        )
    for name in OBJECT_PART:
        faults.add(
            V3_FILE,
            f"moved-{_short(name)}",
            "ObjectPartInInstructionFile",
            "format",
            f"{name} moved into the instruction file",
            moved(name),
        )

    def v2_in_file(edit):
        edit.raw_file = faults.edit(V2_FILE[1]).raw_file

    def v3_in_file(edit):
        edit.raw_file = faults.edit(V3_FILE[1]).raw_file

    faults.add(
        V3_FILE,
        "v2-in-file",
        "FormatConfusion",
        "format",
        "the instruction file replaced by one of format V2, under the same master key",
        v2_in_file,
    )
    faults.add(
        V2_FILE,
        "v3-in-file",
        "FormatConfusion",
        "format",
        "the instruction file replaced by one of format V3, under the same master key",
        v3_in_file,
    )
    for name, value in OLD_EXTRAS.items():
        faults.add(
            V3_FILE,
            f"file-and-{_short(name)}",
            "MixedGenerations",
            "format",
            f"{name}, of formats V1 and V2, added in the instruction file",
            put_in_file({name: value}),
        )
    for name, value in NEW_EXTRAS.items():
        faults.add(
            V2_FILE,
            f"file-and-{_short(name)}",
            "SpoofedV3Header",
            "format",
            f"{name}, of format V3, added in the instruction file",
            put_in_file({name: value}),
        )


def _missing(faults) -> None:
    def without(base, *names):
        for name in names:
            faults.add(base, f"no-{_short(name)}", "MissingField", "format", f"{name} removed", drop(name))

    without(V1, "x-amz-key", "x-amz-iv")
    without(V2, "x-amz-key-v2", "x-amz-iv", "x-amz-wrap-alg", "x-amz-cek-alg")
    without(V2_FILE, "x-amz-key-v2", "x-amz-iv", "x-amz-wrap-alg", "x-amz-cek-alg")
    without(V3, "x-amz-c", "x-amz-d", "x-amz-i", "x-amz-w")
    without(V3_FILE, "x-amz-c", "x-amz-d", "x-amz-i", "x-amz-3", "x-amz-w")
    faults.add(
        V3,
        "no-3",
        "MissingField",
        "format",
        "x-amz-3 removed, and there is no instruction file",
        drop("x-amz-3"),
        also=["not-encrypted"],
    )
    faults.add(
        V3,
        "no-3-no-w",
        "MissingField",
        "format",
        "x-amz-3 and x-amz-w removed, and there is no instruction file",
        drop("x-amz-3", "x-amz-w"),
        also=["not-encrypted"],
    )

    def renamed(edit):
        edit.file["x-amz-key-v3"] = edit.file.pop("x-amz-key-v2")

    faults.add(V2_FILE, "renamed-key", "MissingField", "format", "x-amz-key-v2 renamed in the instruction file", renamed)


def _fields(faults) -> None:
    for value in ("116", "114", "0115", "0x0073", "115.0", "+115", reference.GCM_NAME, ""):
        faults.add(V3, f"c-{_slug(value)}", "WrongContentAlgorithm", "format", f"x-amz-c is '{value}'", text("x-amz-c", value))
    for value in ("01", "11", "21", "2", "002", "03", "AES/GCM", ""):
        faults.add(V3, f"w-{_slug(value)}", "WrongWrapCode", "format", f"x-amz-w is '{value}'", text("x-amz-w", value))
        if value:
            faults.add(
                V3_FILE,
                f"w-{_slug(value)}",
                "WrongWrapCode",
                "format",
                f"x-amz-w is '{value}' in the instruction file",
                text("x-amz-w", value),
            )
    for value in ("AES", "RSA", "aes/gcm", "AES/GCM/NoPadding", "RSA-OAEP-SHA256", "kms+Context", "02", ""):
        faults.add(
            V2, f"wrap-{_slug(value)}", "WrongWrap", "format", f"x-amz-wrap-alg is '{value}'", text("x-amz-wrap-alg", value)
        )
    faults.add(
        V2_FILE,
        "wrap-blank-after",
        "WrongWrap",
        "format",
        "a blank after x-amz-wrap-alg's value in the instruction file",
        text("x-amz-wrap-alg", "AES/GCM "),
    )
    for value in ("AES/CTR/NoPadding", "AES/GCM", "aes/gcm/nopadding", "AES/ECB/PKCS5Padding", "115", ""):
        faults.add(
            V2,
            f"cek-{_slug(value)}",
            "WrongContentAlgorithm",
            "format",
            f"x-amz-cek-alg is '{value}'",
            text("x-amz-cek-alg", value),
        )
    faults.add(V2, "no-tag-len", "TagLength", "format", "x-amz-tag-len removed", drop("x-amz-tag-len"))
    for value in ("96", "32", "0", "x", "0128", "128.0", "-128", "1.28e2", "16", ""):
        faults.add(
            V2, f"tag-len-{_slug(value)}", "TagLength", "format", f"x-amz-tag-len is '{value}'", text("x-amz-tag-len", value)
        )
    for name, value in (("96", 96), ("128.0", 128.0), ("true", True), ("null", None), ("list", ["128"])):
        faults.add(
            V2_FILE,
            f"tag-len-json-{_slug(name)}",
            "TagLength",
            "format",
            f"x-amz-tag-len is {json.dumps(value)}, no text, in the instruction file",
            put_in_file({"x-amz-tag-len": value}),
        )
    faults.add(
        CBC_KMS, "tag-len-128", "TagLength", "format", "x-amz-tag-len is 128 on CBC content", put({"x-amz-tag-len": "128"})
    )
    _lengths(faults)
    _base64(faults)


def _slug(value: str) -> str:
    shown = "".join(c if c.isalnum() or c in ".+-" else "_" for c in value).replace("+", "plus")
    return shown or "empty"


def _sized(size: int):
    return lambda data: (data * 3)[:size]


def _lengths(faults) -> None:
    for base, sizes in ((V2, (1, 8, 11, 13, 16)), (V2_FILE, (11, 16)), (V1, (12, 15, 17)), (CBC_KMS, (12, 15, 17))):
        for size in sizes:
            faults.add(
                base, f"iv-{size}-bytes", "IvLength", "format", f"x-amz-iv has {size} bytes", recoded("x-amz-iv", _sized(size))
            )
    for name, flag in (("x-amz-d", "CommitmentLength"), ("x-amz-i", "MessageIdLength")):
        for base, sizes in ((V3, (12, 20, 27, 29, 40, 56)), (V3_FILE, (20, 27, 29)), (V3_KMS, (20, 27, 29))):
            for size in sizes:
                faults.add(
                    base,
                    f"{_short(name)}-{size}-bytes",
                    flag,
                    "format",
                    f"{name} has {size} bytes",
                    recoded(name, _sized(size)),
                )
    for base, name in ((V1, "x-amz-iv"), (V2, "x-amz-iv"), (V3, "x-amz-d"), (V3, "x-amz-i")):
        faults.add(base, f"{_short(name)}-empty", "MissingField", "format", f"{name} is empty", text(name, ""))
    for base, name in ((V1, "x-amz-key"), (V2, "x-amz-key-v2"), (V3, "x-amz-3")):
        faults.add(base, f"{_short(name)}-empty", "MissingField", "format", f"{name} is empty", text(name, ""), also=["unwrap"])


def _base64(faults) -> None:
    spoilt = {
        "stray": lambda good: "!" + good[1:],
        "blank": lambda good: good[:4] + " " + good[4:],
        "line-break": lambda good: good[:4] + "\r\n" + good[4:],
        "cut": lambda good: good[:-1],
        "url-safe": lambda good: "-_" + good[2:],
        "extra-padding": lambda good: good + "====",
        "beyond-ascii": lambda good: "é" + good[1:],
    }
    fields = (
        (V1, "x-amz-key"),
        (V1, "x-amz-iv"),
        (V2, "x-amz-key-v2"),
        (V2, "x-amz-iv"),
        (V3, "x-amz-3"),
        (V3, "x-amz-d"),
        (V3, "x-amz-i"),
    )
    for base, name in fields:
        for how, spoil in spoilt.items():

            def change(edit, name=name, spoil=spoil):
                edit[name] = spoil(edit[name])

            faults.add(
                base,
                f"{_short(name)}-base64-{how}",
                "BadBase64",
                "format",
                f"{name} is no base64 ({how.replace('-', ' ')})",
                change,
            )


def _json(faults) -> None:
    doubled = {
        "same": lambda name, value: (name, value),
        "other": lambda name, value: (name, json.dumps("AAAA")),
        "escaped-name": lambda name, value: (name.replace("-", "\\u002d"), value),
    }
    for base, name in ((V2_FILE, "x-amz-key-v2"), (V2_FILE, "x-amz-iv"), (V3_FILE, "x-amz-3"), (V3_FILE, "x-amz-w")):
        for how, twice in doubled.items():

            def change(edit, name=name, twice=twice):
                again, value = twice(name, json.dumps(edit.file[name]))
                edit.raw_file = edit.raw_file.rstrip()[:-1] + f',"{again}":{value}}}'.encode()

            faults.add(
                base,
                f"twice-{_short(name)}-{how}",
                "DuplicateName",
                "format",
                f"{name} twice in the instruction file ({how.replace('-', ' ')} value)".replace("name value", "name"),
                change,
            )
    described = (
        (V2_DESCRIBED, "x-amz-matdesc"),
        (V2_FILE_DESCRIBED, "x-amz-matdesc"),
        (V2_KMS, "x-amz-matdesc"),
        (V3_DESCRIBED, "x-amz-m"),
        (V3_FILE_DESCRIBED, "x-amz-m"),
        (V3_KMS, "x-amz-t"),
        (V3_KMS_FILE, "x-amz-t"),
    )
    for base, name in described:

        def twice(edit, name=name):
            one = next(iter(json.loads(edit[name]).items()))
            edit[name] = edit[name][:-1] + "," + json.dumps(one[0]) + ":" + json.dumps(one[1]) + "}"

        faults.add(base, "description-twice", "DuplicateName", "format", f"a name twice in {name}, with the same value", twice)
    maps = {
        "nested": '{"team":{"name":"blue"}}',
        "array": '["team"]',
        "list-value": '{"team":["blue"]}',
        "number": '{"team":1}',
        "null": '{"team":null}',
        "true": '{"team":true}',
        "text": '"team"',
        "no-json": "team=blue",
        "cut": '{"team":"blue"',
        "more": '{"team":"blue"} {}',
        "single-quotes": "{'team':'blue'}",
        "comma": '{"team":"blue",}',
        "name-without-value": '{"team":"blue","rotation"}',
    }
    for base, name in ((V2_DESCRIBED, "x-amz-matdesc"), (V3_DESCRIBED, "x-amz-m"), (V3_KMS, "x-amz-t")):
        for how, value in maps.items():
            faults.add(base, f"description-{how}", "MalformedMap", "format", f"{name} is {value}", text(name, value))
    bodies = {
        "empty": b"",
        "blank": b"   ",
        "no-json": b"instruction",
        "array": b"[]",
        "null": b"null",
        "cut": b'{"x-amz-3":"AA',
        "text": b'"x-amz-3"',
        "latin-1": '{"x-amz-3":"é"}'.encode("latin-1"),
        "utf-16": '{"a":"b"}'.encode("utf-16"),
    }
    for base in (V2_FILE, V3_FILE):
        for how, value in bodies.items():
            faults.add(
                base,
                f"file-{how}",
                "MalformedInstructionFile",
                "format",
                f"the instruction file is no JSON object of UTF-8 text ({how})",
                raw_file(value),
                also=["not-encrypted"],
            )
        for how, value in (("empty-object", b"{}"), ("unrelated", b'{"team":"blue"}')):
            faults.add(
                base,
                f"file-{how}",
                "MalformedInstructionFile",
                "format",
                f"the instruction file holds no envelope ({how})",
                raw_file(value),
                also=["not-encrypted"],
            )
        for how, value in (("number", 7), ("nested", {"a": "b"}), ("list", ["a"]), ("true", True), ("null", None)):

            def change(edit, value=value):
                edit[edit.wrapped_name()] = value

            faults.add(
                base,
                f"file-key-{how}",
                "MalformedInstructionFile",
                "format",
                f"the wrapped key is {json.dumps(value)} in the instruction file",
                change,
            )

    def more(edit):
        edit.raw_file += b"{}"

    faults.add(V3_FILE, "file-more", "MalformedInstructionFile", "format", "text after the instruction file's object", more)

    def twice_in_case(edit):
        edit.meta["X-Amz-IV"] = edit.meta["x-amz-iv"]

    faults.add(V2, "iv-in-two-cases", "DuplicateName", "format", "x-amz-iv twice, in lower and in upper case", twice_in_case)


def _no_envelope(faults) -> None:
    def bare(edit):
        edit.meta.clear()

    faults.add(V2, "no-envelope", "NotEncrypted", "not-encrypted", "all metadata removed, as of an unencrypted object", bare)
    faults.add(V3, "no-envelope", "NotEncrypted", "not-encrypted", "all metadata removed, as of an unencrypted object", bare)
    faults.add(
        V1,
        "no-envelope",
        "NotEncrypted",
        "not-encrypted",
        "all metadata but the user's own removed",
        both(bare, put({"owner": "blue", "x-amz-meta-x-amz-key": "AAAA"})),
    )
    faults.add(
        V2,
        "only-length",
        "NotEncrypted",
        "not-encrypted",
        "all metadata but the unencrypted length removed",
        both(bare, put({"x-amz-unencrypted-content-length": "33"})),
    )
    faults.add(V1_FILE, "no-file", "NotEncrypted", "not-encrypted", "the instruction file removed", no_file)
    faults.add(V2_FILE, "no-file", "NotEncrypted", "not-encrypted", "the instruction file removed", no_file)
    faults.add(
        V3_FILE, "no-file", "MissingInstructionFile", "format", "the instruction file removed", no_file, also=["not-encrypted"]
    )
