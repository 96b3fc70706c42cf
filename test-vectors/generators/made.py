# Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0
"""Good cases that no client at hand writes: known answers, shapes of other clients, and grease that a reader must not mind."""

import base64
import json

import assemble
import reference
import sealing
import vector
from sealing import compact, names_v1, names_v2, names_v3
from vector import SUITE_CBC, SUITE_COMMITTING, SUITE_GCM, Vector, b64, described, recipe

PRODUCER = {"sdk": "keywright-generators", "version": "1", "script": "generators/made.py"}
SENTENCE = b"The quick brown fox jumps over the lazy dog."
GCM, CBC = reference.GCM_NAME, "AES/CBC/PKCS5Padding"
ARN = "arn:aws:kms:eu-central-1:111122223333:key/7d1c0ae2-6a2b-4d0f-9c55-0f6b9d3f1a01"
TEXT = {"équipe": "Größe 漢字 🔒", "plain": "yes"}
SIZE = 33


class Sealed:
    """An object, sealed from its id alone, with its envelope's parts at hand."""

    def __init__(self, id: str, suite: str, wrap: str, key: str, bound=None, data_key_size=32, size=SIZE, **fixed):
        self.id, self.suite, self.wrap, self.key = id, suite, wrap, key
        draw = sealing.Draw(id)
        self.data_key = draw.bytes(data_key_size)
        iv_size = {SUITE_CBC: 16, SUITE_GCM: 12, SUITE_COMMITTING: 28}[suite]
        self.iv = fixed.get("iv", draw.bytes(iv_size))
        self.content = {SUITE_CBC: CBC, SUITE_GCM: GCM, SUITE_COMMITTING: "115"}[suite]
        nonce = {"nonce": fixed["nonce"]} if "nonce" in fixed else {}
        nonce |= {"mask": fixed["mask"]} if "mask" in fixed else {}
        self.wrapped = sealing.seal_key(wrap, vector.load_keys()[key], self.data_key, bound or self.content, draw, **nonce)
        self.made = recipe(id, size)
        self.plaintext = vector.from_recipe(self.made)
        self.body = sealing.seal_content(suite, self.data_key, self.iv, self.plaintext)

    def names(self, description=None) -> dict:
        description = {} if description is None else description
        if self.wrap in ("AES", "RSA"):
            return names_v1(self.wrapped, self.iv, description)
        if self.suite == SUITE_COMMITTING:
            return names_v3(self.wrap, self.data_key, self.wrapped, self.iv, description)
        return names_v2(self.wrap, self.content, self.wrapped, self.iv, description)

    def record(self, context: dict) -> list:
        """What KMS would answer."""
        blob, data_key = b64(self.wrapped), b64(self.data_key)
        return [{"ciphertextBlob": blob, "keyId": ARN, "encryptionContext": context, "plaintext": data_key}]

    def vector(self, comment: str, meta: dict, instruction=None, id="", **more) -> Vector:
        return vector_of(id or self.id, comment, self.key, meta, self.body, self.plaintext, self.made, instruction, **more)


def vector_of(id, comment, key, meta, body, plaintext, made=None, instruction=None, flags=("Grease",), **more) -> Vector:
    """A good case, opened by the reference reader first."""
    keys = vector.load_keys()
    envelope = reference.envelope_of(meta, instruction, keys[key])
    case = {
        "id": id,
        "comment": comment,
        "producer": PRODUCER,
        "format": envelope.format,
        "suite": envelope.suite,
        "wrap": envelope.wrap,
        "location": envelope.location,
        "key": key,
        "policy": reference.least_policy(envelope),
        "expect": "success",
        "plaintext": described(plaintext, made),
        "flags": list(flags),
        **more,
    }
    opened = reference.open_object(
        meta,
        instruction,
        body,
        keys[key],
        case.get("kms"),
        case.get("materialsDescription"),
        case.get("encryptionContext"),
        case["policy"],
    )
    if opened != plaintext:
        raise ValueError(f"{id}: opens to another plaintext")
    if len(plaintext) >= 1000:
        case["ranges"] = assemble.ranges_of(plaintext)
    return Vector(case, meta, instruction, body)


def vectors() -> list:
    return (
        _known_answers()
        + _unknown_names()
        + _texts()
        + _numbers()
        + _short_keys()
        + _cpp_content_only()
        + _coincidences()
        + _bindings()
        + _beyond_ascii()
    )


def _known_answers() -> list:
    """The fact sheet's section 19, byte for byte."""
    data_key, message_id, nonce = bytes(range(32)), bytes(range(0x40, 0x5C)), bytes(range(0xC0, 0xCC))
    gcm_iv, cbc_iv = bytes(range(0xA0, 0xAC)), bytes(range(0xB0, 0xC0))
    key, draw = vector.load_keys()["aes-256-known"], sealing.Draw("known-answers")

    def wrapped(wrap, bound=""):
        return sealing.seal_key(wrap, key, data_key, bound, draw, nonce=nonce)

    v3 = names_v3("AES/GCM", data_key, wrapped("AES/GCM", "115"), message_id, {})
    v3_file = {name: v3[name] for name in ("x-amz-3", "x-amz-w")}
    v3_object = {name: v3[name] for name in ("x-amz-c", "x-amz-d", "x-amz-i")}
    v2 = names_v2("AES/GCM", GCM, wrapped("AES/GCM", GCM), gcm_iv, {})
    wrap = names_v2("AESWrap", GCM, wrapped("AESWrap"), gcm_iv, {})
    v1 = names_v1(wrapped("AES"), cbc_iv, {})
    committing = sealing.seal_content(SUITE_COMMITTING, data_key, message_id, SENTENCE)
    gcm = sealing.seal_content(SUITE_GCM, data_key, gcm_iv, SENTENCE)
    cbc = sealing.seal_content(SUITE_CBC, data_key, cbc_iv, SENTENCE)
    empty = sealing.seal_content(SUITE_COMMITTING, data_key, message_id, b"")
    rows = [
        ("v3", "format V3", v3, None, committing, SENTENCE),
        ("v3-empty", "an empty object of format V3", v3, None, empty, b""),
        ("v3-file", "format V3 with an instruction file", v3_object, compact(v3_file).encode(), committing, SENTENCE),
        ("v2", "format V2", v2, None, gcm, SENTENCE),
        ("v2-file", "format V2 in an instruction file", {}, compact(v2).encode(), gcm, SENTENCE),
        ("v2-aeswrap", "format V2 with AESWrap", wrap, None, gcm, SENTENCE),
        ("v1", "format V1", v1, None, cbc, SENTENCE),
    ]
    return [
        vector_of(
            f"known-answer-{id}",
            f"A known answer of {what}: every input is a counting byte string.",
            "aes-256-known",
            meta,
            body,
            plaintext,
            instruction=file,
            flags=("KnownAnswer",),
        )
        for id, what, meta, file, body, plaintext in rows
    ]


def _some(prefix: str):
    """One object of each format and place, by short name."""
    for short, suite, wrap in (
        ("v1", SUITE_CBC, "AES"),
        ("v2", SUITE_GCM, "AES/GCM"),
        ("v3", SUITE_COMMITTING, "AES/GCM"),
        ("cbc", SUITE_CBC, "kms"),
    ):
        key = "kms-a" if wrap == "kms" else "aes-256-a"
        yield short, Sealed(f"made-{prefix}-{short}", suite, wrap, key)


def _kms(sealed: Sealed) -> dict:
    return {"kms": sealed.record({"kms_cmk_id": ARN})} if sealed.wrap == "kms" else {}


def _described(sealed: Sealed) -> dict:
    return sealed.names({"kms_cmk_id": ARN} if sealed.wrap == "kms" else None)


def _split(sealed: Sealed, names: dict):
    """Beside the object, and in its instruction file."""
    own = ("x-amz-c", "x-amz-d", "x-amz-i")
    return {n: v for n, v in names.items() if n in own}, {n: v for n, v in names.items() if n not in own}


def _unknown_names() -> list:
    made = []
    more = {"owner": "blue", "x-amz-new": "1", "x-amz-key-v9": "AAAA", "x-amz-meta-x-amz-3": "AAAA"}
    length = {
        "x-amz-unencrypted-content-length": "999",
        "x-amz-unencrypted-content-md5": b64(b"d41d8cd98f00b204e9800998ecf8427e"),
    }
    for _, sealed in _some("unknown-names"):
        made.append(sealed.vector("Metadata of the user's own, and of times to come.", _described(sealed) | more, **_kms(sealed)))
    for _, sealed in _some("unknown-names-file"):
        beside, file = _split(sealed, _described(sealed))
        made.append(
            sealed.vector(
                "Names of times to come in the instruction file.",
                beside | {"owner": "blue"},
                compact(file | {"x-amz-new": "1", "owner": "green"}).encode(),
                **_kms(sealed),
            )
        )
    for _, sealed in _some("stray-length"):
        made.append(
            sealed.vector(
                "An unencrypted length that is wrong, and an MD5, both to be passed over.",
                _described(sealed) | length,
                **_kms(sealed),
            )
        )
    for _, sealed in _some("stray-length-file"):
        beside, file = _split(sealed, _described(sealed))
        made.append(
            sealed.vector(
                "An unencrypted length and MD5 left beside an object whose envelope is in an instruction file.",
                beside | length,
                compact(file).encode(),
                **_kms(sealed),
            )
        )
    for _, sealed in _some("upper-case"):
        names = {"-".join(part.capitalize() for part in name.split("-")): value for name, value in _described(sealed).items()}
        made.append(sealed.vector("Names in a header's canonical case, as Go sends them.", names, **_kms(sealed)))
    sealed = Sealed("made-upper-case-all-v3", SUITE_COMMITTING, "AES/GCM", "aes-256-a")
    made.append(sealed.vector("Names all in upper case.", {n.upper(): v for n, v in sealed.names().items()}))
    for short, sealed in _some("no-description-file"):
        if short == "cbc":
            continue
        beside, file = _split(sealed, sealed.names())
        file.pop("x-amz-matdesc", None)
        made.append(sealed.vector("No materials description in an instruction file.", beside, compact(file).encode()))
        file["x-amz-m" if short == "v3" else "x-amz-matdesc"] = ""
        empty = compact(file).encode()
        comment = "An empty materials description in an instruction file."
        made.append(sealed.vector(comment, beside, empty, id=f"made-empty-description-file-{short}"))
    for short, sealed in _some("no-description"):
        if short == "cbc":
            continue
        names = sealed.names()
        names.pop("x-amz-matdesc", None)
        made.append(sealed.vector("No materials description, as some tool lost it.", names))
        empty = {**names, "x-amz-m" if short == "v3" else "x-amz-matdesc": ""}
        made.append(sealed.vector("An empty materials description.", empty, id=f"made-empty-description-{short}"))
        if short == "v3":
            both = {**names, "x-amz-m": "", "x-amz-t": ""}
            made.append(sealed.vector("Both maps empty, as Go sets them.", both, id="made-empty-maps-v3"))
    return made


def _texts() -> list:
    """The same maps and files, as different JSON writers print them."""
    made = []
    plain = {"team": "blue/green", "note": 'a+b "c"', "rotation": "2"}
    spellings = {
        "python": ("Python's blanks", json.dumps(plain)),
        "dotnet": ("the escapes of .NET", compact(plain).replace("+", "\\u002B").replace('\\"', "\\u0022")),
        "php": ("the escapes of PHP", compact(plain).replace("/", "\\/")),
        "go": ("Go's order", json.dumps(plain, separators=(",", ":"), sort_keys=True)),
        "wide": ("tabs and blanks everywhere", json.dumps(plain, indent=1).replace("\n", "\t").replace(":", " : ")),
        "escaped-names": ("escaped names", compact(plain).replace('"team"', '"\\u0074\\u0065am"')),
    }
    for how, (what, text) in spellings.items():
        for short, suite, field in (("v2", SUITE_GCM, "x-amz-matdesc"), ("v3", SUITE_COMMITTING, "x-amz-m")):
            sealed = Sealed(f"made-spelling-{how}-{short}", suite, "AES/GCM", "aes-256-a")
            made.append(
                sealed.vector(f"A description printed with {what}.", sealed.names() | {field: text}, materialsDescription=plain)
            )
        context = {reference.BOUND_ALGORITHM: GCM, **plain}
        sealed = Sealed(f"made-spelling-{how}-kms", SUITE_GCM, "kms+context", "kms-a")
        spelt = {
            "python": json.dumps(context),
            "dotnet": compact(context).replace("+", "\\u002B").replace('\\"', "\\u0022"),
            "php": compact(context).replace("/", "\\/"),
            "go": json.dumps(context, separators=(",", ":"), sort_keys=True),
            "wide": json.dumps(context, indent=1).replace("\n", "\t"),
            "escaped-names": compact(context).replace('"aws:', '"\\u0061ws:'),
        }[how]
        made.append(
            sealed.vector(
                f"An encryption context printed with {what}.",
                sealed.names() | {"x-amz-matdesc": spelt},
                encryptionContext=plain,
                kms=sealed.record(context),
            )
        )
    files = {
        "python": ("Python's blanks", lambda names: json.dumps(names)),
        "dotnet": ("the escapes of .NET", lambda names: compact(names).replace("+", "\\u002B").replace('\\"', "\\u0022")),
        "php": ("the escapes of PHP", lambda names: compact(names).replace("/", "\\/")),
        "wide": ("line breaks and blanks around", lambda names: "\r\n\t " + json.dumps(names, indent=4) + "\n"),
        "escaped-names": ("escaped names", lambda names: compact(names).replace('"x-amz-', '"\\u0078-amz-')),
        "nulls": (
            "null for what is absent",
            lambda names: compact({**names, "x-amz-new": None, "x-amz-unencrypted-content-length": None}),
        ),
    }
    for how, (what, spell) in files.items():
        for short, suite in (("v2", SUITE_GCM), ("v3", SUITE_COMMITTING)):
            sealed = Sealed(f"made-file-spelling-{how}-{short}", suite, "AES/GCM", "aes-256-a")
            beside, file = _split(sealed, sealed.names(plain))
            made.append(
                sealed.vector(
                    f"An instruction file printed with {what}.", beside, spell(file).encode("utf-8"), materialsDescription=plain
                )
            )
    sealed = Sealed("made-file-null-description-v3", SUITE_COMMITTING, "AES/GCM", "aes-256-a")
    beside, file = _split(sealed, sealed.names())
    made.append(
        sealed.vector(
            "An instruction file with null for the description, as .NET can write it.",
            beside,
            compact(file | {"x-amz-m": None}).encode(),
            flags=("OtherWriter",),
        )
    )
    odd = {
        "": "empty name",
        "empty value": "",
        "a" * 100: "long name",
        "tab\tname": "line\nbreak",
        "aws:own": "1",
        "x-amz-3": "AAAA",
    }
    for short, suite in (("v2", SUITE_GCM), ("v3", SUITE_COMMITTING)):
        sealed = Sealed(f"made-odd-description-{short}", suite, "AES/GCM", "aes-256-a")
        made.append(sealed.vector("Odd names and values in a description.", sealed.names(odd), materialsDescription=odd))
    return made


def _numbers() -> list:
    """Numbers where PHP wrote them, and the empty texts of Go."""
    made = []
    context = {"kms_cmk_id": ARN}
    sealed = Sealed("made-php-numbers", SUITE_GCM, "kms", "kms-a")
    file = sealed.names(context) | {"x-amz-tag-len": 128, "x-amz-unencrypted-content-length": SIZE}
    made.append(
        sealed.vector(
            "Tag length and unencrypted length as JSON numbers, as older PHP wrote them.",
            {"x-amz-unencrypted-content-length": str(SIZE)},
            compact(file).replace("/", "\\/").encode(),
            kms=sealed.record(context),
            flags=("OtherWriter",),
        )
    )
    sealed = Sealed("made-php-numbers-aes", SUITE_GCM, "AES/GCM", "aes-256-a")
    file = sealed.names() | {"x-amz-tag-len": 128, "x-amz-unencrypted-content-length": SIZE}
    made.append(
        sealed.vector("Tag length and unencrypted length as JSON numbers.", {}, compact(file).encode(), flags=("OtherWriter",))
    )
    sealed = Sealed("made-go1-empty-fields", SUITE_CBC, "kms", "kms-a")
    file = sealed.names(context) | {"x-amz-tag-len": "", "x-amz-unencrypted-content-length": str(SIZE)}
    made.append(
        sealed.vector(
            "An empty tag length in an instruction file of CBC content, as Go v1 wrote it.",
            {},
            compact(file).encode(),
            kms=sealed.record(context),
            flags=("OtherWriter",),
        )
    )
    for tag in ("0", ""):
        sealed = Sealed(f"made-cbc-tag-len-{tag or 'empty'}", SUITE_CBC, "kms", "kms-a")
        made.append(
            sealed.vector(
                f"A tag length of '{tag}' on CBC content, as C++ or Go wrote it.",
                sealed.names(context) | {"x-amz-tag-len": tag},
                kms=sealed.record(context),
                flags=("OtherWriter",),
            )
        )
    sealed = Sealed("made-dotnet1-instruction", SUITE_CBC, "AES", "aes-256-a")
    made.append(
        sealed.vector(
            "An instruction file of .NET's first client, with its own names, under its own suffix.",
            {},
            compact({"EncryptedEnvelopeKey": b64(sealed.wrapped), "IV": b64(sealed.iv)}).encode(),
            instructionSuffix="INSTRUCTION_SUFFIX",
            flags=("OtherWriter",),
        )
    )
    sealed = Sealed("made-dotnet1-instruction-rsa", SUITE_CBC, "RSA", "rsa-2048-a")
    made.append(
        sealed.vector(
            "An instruction file of .NET's first client, with its own names, under the usual suffix.",
            {},
            compact({"EncryptedEnvelopeKey": b64(sealed.wrapped), "IV": b64(sealed.iv)}).encode(),
            flags=("OtherWriter",),
        )
    )
    return made


def _short_keys() -> list:
    """Data keys of 128 and 192 bits, as PHP made them, under each wrap that can hold them."""
    made = []
    context = {"kms_cmk_id": ARN}
    for bits in (128, 192):
        for suite, content in ((SUITE_GCM, "gcm"), (SUITE_CBC, "cbc")):
            for size in (0, 17, 1000):
                sealed = Sealed(
                    f"made-php-{bits}-{content}-kms-{size}", suite, "kms", "kms-a", data_key_size=bits // 8, size=size
                )
                made.append(
                    sealed.vector(
                        f"A data key of {bits} bits, as PHP makes them on request.",
                        sealed.names(context),
                        kms=sealed.record(context),
                        flags=("OtherWriter",),
                    )
                )
        sealed = Sealed(f"made-php-{bits}-gcm-kms-context", SUITE_GCM, "kms+context", "kms-a", data_key_size=bits // 8)
        stored = {reference.BOUND_ALGORITHM: GCM}
        made.append(
            sealed.vector(
                f"A data key of {bits} bits, as PHP makes them on request.",
                sealed.names(stored),
                kms=sealed.record(stored),
                flags=("OtherWriter",),
            )
        )
        for wrap, key in (
            ("AES/GCM", "aes-256-a"),
            ("RSA-OAEP-SHA1", "rsa-2048-a"),
            ("AESWrap", "aes-256-a"),
            ("RSA/ECB/OAEPWithSHA-256AndMGF1Padding", "rsa-2048-a"),
            ("AES", "aes-256-a"),
            ("RSA", "rsa-2048-a"),
        ):
            suite = SUITE_CBC if wrap in ("AES", "RSA") else SUITE_GCM
            short = "oaep256" if "256And" in wrap else wrap.replace("/", "").replace("-", "").lower()
            sealed = Sealed(f"made-{bits}-{short}", suite, wrap, key, data_key_size=bits // 8)
            made.append(sealed.vector(f"A data key of {bits} bits.", sealed.names()))
    return made


def _cpp_content_only() -> list:
    """The C++ client of format V2 in its mode without authentication: the one writer of AESWrap over CBC content."""
    made = []
    for size in (0, 17, 1000):
        sealed = Sealed(f"made-cpp-cbc-aeswrap-{size}", SUITE_CBC, "AESWrap", "aes-256-a", size=size)
        comment = "CBC content under AESWrap, as the old C++ client writes without authentication"
        made.append(sealed.vector(f"{comment}.", sealed.names(), flags=("OtherWriter",)))
        made.append(
            sealed.vector(
                f"{comment}, its envelope in an instruction file.",
                {},
                compact(sealed.names()).encode(),
                id=f"{sealed.id}-instruction",
                flags=("OtherWriter",),
            )
        )
    return made


def _coincidences() -> list:
    made = []
    nonce = sealing.Draw("one-nonce").bytes(12)
    sealed = Sealed("made-dotnet-one-nonce", SUITE_GCM, "AES/GCM", "aes-256-a", iv=nonce, nonce=nonce)
    made.append(
        sealed.vector("One nonce for wrap and content, under two keys, as .NET has it.", sealed.names(), flags=("OtherWriter",))
    )
    for short, suite, wrap, key, size in (
        ("v2", SUITE_GCM, "AES/GCM", "aes-256-a", 12),
        ("v3", SUITE_COMMITTING, "AES/GCM", "aes-256-a", 28),
        ("v1", SUITE_CBC, "AES", "aes-256-a", 16),
        ("v3-rsa", SUITE_COMMITTING, "RSA-OAEP-SHA1", "rsa-2048-a", 28),
    ):
        sealed = Sealed(f"made-zero-iv-{short}", suite, wrap, key, iv=bytes(size))
        made.append(sealed.vector("An IV or message id that is all zero, which chance may draw.", sealed.names()))
    sealed = Sealed("made-oaep256-mgf1-sha256", SUITE_GCM, "RSA/ECB/OAEPWithSHA-256AndMGF1Padding", "rsa-3072-a", mask="sha256")
    made.append(sealed.vector("OAEP with SHA-256 in the mask generation function too.", sealed.names(), flags=("OtherWriter",)))
    for suffix in (".partner", "-sealed", "/envelope"):
        short = "".join(c for c in suffix if c.isalpha())
        sealed = Sealed(f"made-suffix-{short}", SUITE_COMMITTING, "AES/GCM", "aes-256-a")
        beside, file = _split(sealed, sealed.names())
        made.append(
            sealed.vector(
                "An instruction file under a suffix of its own.", beside, compact(file).encode(), instructionSuffix=suffix
            )
        )
    sealed = Sealed("made-metadata-before-file", SUITE_COMMITTING, "AES/GCM", "aes-256-a")
    other = Sealed("made-metadata-before-file-other", SUITE_GCM, "AES/GCM", "aes-256-b")
    made.append(
        sealed.vector(
            "A whole envelope in the metadata, and a stale instruction file, not to be asked for.",
            sealed.names(),
            compact(other.names()).encode(),
        )
    )
    return made


def _bindings() -> list:
    """AES/GCM and RSA-OAEP-SHA1 over CBC content, bound to it: re-encrypted instruction files of other writers than S3EC Java."""
    made = []
    for wrap, key in (("AES/GCM", "aes-256-a"), ("RSA-OAEP-SHA1", "rsa-2048-a")):
        for tag in (None, "0"):
            short = wrap.replace("/", "").replace("-", "").lower()
            sealed = Sealed(f"made-{short}-over-cbc-bound-to-cbc{'-tag-0' if tag else ''}", SUITE_CBC, wrap, key)
            names = sealed.names() | ({"x-amz-tag-len": tag} if tag else {})
            made.append(
                sealed.vector(f"{wrap} over CBC content, bound to it.", {}, compact(names).encode(), flags=("OtherWriter",))
            )
    return made


def _beyond_ascii() -> list:
    made = []
    rows = (
        ("v1", SUITE_CBC, "AES", "aes-256-a", "x-amz-matdesc"),
        ("v2", SUITE_GCM, "AES/GCM", "aes-256-a", "x-amz-matdesc"),
        ("v3", SUITE_COMMITTING, "AES/GCM", "aes-256-a", "x-amz-m"),
        ("v2-kms", SUITE_GCM, "kms+context", "kms-a", "x-amz-matdesc"),
        ("v3-kms", SUITE_COMMITTING, "kms+context", "kms-a", "x-amz-t"),
    )
    for short, suite, wrap, key, field in rows:
        kms = key == "kms-a"
        content = "115" if suite == SUITE_COMMITTING else GCM
        stored = ({reference.BOUND_ALGORITHM: content} if kms else {}) | TEXT
        right = compact(stored)
        held = right.encode("utf-8").decode("latin-1")
        shapes = {
            "text": ("the right text", right),
            "latin1": ("UTF-8 read as Latin-1", held),
            "words-b": ("one encoded word, B, over UTF-8 read as Latin-1", _word_b(held)),
            "words-q": ("one encoded word, Q, over UTF-8 read as Latin-1", _word_q(held)),
            "words-b-split": ("several encoded words, B", " ".join(_word_b(part) for part in _parts(held, 9))),
            "words-q-split": ("several encoded words, Q", " ".join(_word_q(part) for part in _parts(held, 9))),
            "words-mixed": (
                "several encoded words, B and Q, and more than one blank between",
                "  ".join((_word_b, _word_q)[i % 2](part) for i, part in enumerate(_parts(held, 14))),
            ),
            "words-lower-case": (
                "encoded words with the charset in lower case",
                _word_b(held).replace("UTF-8", "utf-8").replace("?B?", "?b?"),
            ),
            "words-right": ("an encoded word over the right text", _word_b(right)),
            "escapes": ("ASCII escapes", json.dumps(stored, separators=(",", ":"))),
            "escapes-upper": ("ASCII escapes with upper-case digits, and all else plain", _upper_escapes(json.dumps(stored))),
        }
        for how, (what, text) in shapes.items():
            sealed = Sealed(f"made-text-{how}-{short}", suite, wrap, key)
            more = {"encryptionContext": TEXT, "kms": sealed.record(stored)} if kms else {"materialsDescription": TEXT}
            meta = sealed.names(stored) | {field: text}
            made.append(sealed.vector(f"Text beyond ASCII in {field}: {what}.", meta, flags=("NonAscii",), **more))

    # What looks double encoded and is not: an instruction file is plain UTF-8, and escapes are no bytes.
    looks = {"k": "Ã©", "=?UTF-8?B?YQ==?=": "=?UTF-8?Q?b?="}
    for short, suite, field in (("v2", SUITE_GCM, "x-amz-matdesc"), ("v3", SUITE_COMMITTING, "x-amz-m")):
        sealed = Sealed(f"made-text-looks-encoded-file-{short}", suite, "AES/GCM", "aes-256-a")
        beside, file = _split(sealed, sealed.names(looks))
        made.append(
            sealed.vector(
                "Text in an instruction file that looks double encoded, and is what it says.",
                beside,
                compact(file).encode("utf-8"),
                materialsDescription=looks,
                flags=("NonAscii",),
            )
        )
        sealed = Sealed(f"made-text-looks-encoded-escapes-{short}", suite, "AES/GCM", "aes-256-a")
        text = json.dumps(looks, separators=(",", ":"))
        made.append(
            sealed.vector(
                "Escapes in metadata that spell what looks double encoded, and is what it says.",
                sealed.names() | {field: text},
                materialsDescription=looks,
                flags=("NonAscii",),
            )
        )
        sealed = Sealed(f"made-text-file-{short}", suite, "AES/GCM", "aes-256-a")
        beside, file = _split(sealed, sealed.names(TEXT))
        made.append(
            sealed.vector(
                "Text beyond ASCII, raw in an instruction file.",
                beside,
                compact(file).encode("utf-8"),
                materialsDescription=TEXT,
                flags=("NonAscii",),
            )
        )
    return made


def _word_b(text: str) -> str:
    return f"=?UTF-8?B?{base64.b64encode(text.encode('utf-8')).decode('ascii')}?="


def _word_q(text: str) -> str:
    encoded = "".join(
        "_" if byte == 0x20 else chr(byte) if chr(byte).isalnum() and byte < 0x80 else f"={byte:02X}"
        for byte in text.encode("utf-8")
    )
    return f"=?UTF-8?Q?{encoded}?="


def _parts(text: str, size: int) -> list:
    return [text[i : i + size] for i in range(0, len(text), size)]


def _upper_escapes(text: str) -> str:
    pieces = text.split("\\u")
    return pieces[0] + "".join("\\u" + piece[:4].upper() + piece[4:] for piece in pieces[1:])
