# Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0
"""A plain reader of every format, written from the fact sheet alone and sharing nothing with the Java it is to check.

``open_object`` gives the plaintext or raises ``Refused`` with the layer that refuses. It reads whole objects from memory, in
the order of checks that the fact sheet recommends. It makes no claim to constant time: it sees test keys only.
"""

import base64
import contextlib
import functools
import hashlib
import hmac
import json
import re
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap

from vector import ALLOW_DECRYPT, SUITE_CBC, SUITE_COMMITTING, SUITE_GCM

OLD_NAMES = frozenset(
    ["x-amz-key", "x-amz-key-v2", "x-amz-iv", "x-amz-wrap-alg", "x-amz-cek-alg", "x-amz-tag-len", "x-amz-matdesc"]
)
NEW_NAMES = frozenset(["x-amz-c", "x-amz-d", "x-amz-i", "x-amz-3", "x-amz-w", "x-amz-m", "x-amz-t"])
ENVELOPE_KEYS = ("x-amz-key", "x-amz-key-v2", "x-amz-3")
ABSENT_WHEN_EMPTY = frozenset(["x-amz-m", "x-amz-t", "x-amz-matdesc"])
DECODED_VALUES = ABSENT_WHEN_EMPTY
NUMBERS_ALLOWED = frozenset(["x-amz-tag-len", "x-amz-unencrypted-content-length"])
WRAPS_OF_V2 = frozenset(["AES/GCM", "RSA-OAEP-SHA1", "kms+context", "AESWrap", "RSA/ECB/OAEPWithSHA-256AndMGF1Padding", "kms"])
WRAPS_OF_V3 = {"02": "AES/GCM", "12": "kms+context", "22": "RSA-OAEP-SHA1"}
LEGACY_WRAPS = frozenset(["AES", "RSA", "AESWrap", "RSA/ECB/OAEPWithSHA-256AndMGF1Padding", "kms"])
KEY_TYPE = {
    "AES": "AES",
    "AESWrap": "AES",
    "AES/GCM": "AES",
    "RSA": "RSA",
    "RSA/ECB/OAEPWithSHA-256AndMGF1Padding": "RSA",
    "RSA-OAEP-SHA1": "RSA",
    "kms": "KMS",
    "kms+context": "KMS",
}
CBC_NAMES = ("AES/CBC/PKCS5Padding", "AES/CBC/PKCS7Padding")
GCM_NAME = "AES/GCM/NoPadding"
BOUND_ALGORITHM, KMS_KEY_ID = "aws:x-amz-cek-alg", "kms_cmk_id"


class Refused(Exception):
    """No plaintext. ``layer`` is the one that refuses, in the words of the vector format."""

    def __init__(self, layer: str, why: str):
        super().__init__(f"{layer}: {why}")
        self.layer = layer


@dataclass
class Envelope:
    format: str
    suite: str
    content_name: str
    wrap: str
    location: str
    wrapped: bytes
    iv: bytes
    commitment: bytes = b""
    description: dict = field(default_factory=dict)


# ---- text ----------------------------------------------------------------------------------------------------------------


def flat_json(text: str, what: str, numbers=frozenset()) -> dict:
    """A JSON object of strings. Integers only for the names in ``numbers``; there, too, null means absent."""

    def pairs(found):
        names = [name for name, _ in found]
        if len(set(names)) != len(names):
            raise Refused("format", f"{what}: a name twice")
        return dict(found)

    try:
        decoded = json.loads(text, object_pairs_hook=pairs)
    except ValueError as e:
        raise Refused("format", f"{what}: no JSON") from e
    if not isinstance(decoded, dict):
        raise Refused("format", f"{what}: no JSON object")
    out = {}
    for name, value in decoded.items():
        if value is None and numbers:
            continue
        if name in numbers and isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str):
            raise Refused("format", f"{what}: {name} is no string")
        out[name] = value
    return out


_WORD = re.compile(r"=\?([^?\s]+)\?([BbQq])\?([^?\s]*)\?=")


def decoded_header(value: str) -> str:
    """Undoes S3's way with values beyond ASCII (fact sheet, 3.6)."""
    if value.startswith("=?"):
        text, end = "", 0
        for word in _WORD.finditer(value):
            if value[end : word.start()].strip():
                raise Refused("format", "text between encoded words")
            charset, encoding, content = word.groups()
            if encoding in "Bb":
                raw = base64.b64decode(content, validate=True)
            else:
                raw = re.sub(
                    rb"=([0-9A-Fa-f]{2})", lambda hexed: bytes([int(hexed[1], 16)]), content.replace("_", " ").encode("ascii")
                )
            text += raw.decode(charset)
            end = word.end()
        if value[end:].strip():
            raise Refused("format", "text after the encoded words")
        value = text
    if all(ord(c) <= 0xFF for c in value):
        # Where that is no UTF-8 it is right text, as some servers return it.
        with contextlib.suppress(UnicodeDecodeError):
            value = re.sub("[\u0080-\u00ff]+", lambda run: run[0].encode("latin-1").decode("utf-8"), value)
    return value


_BASE64 = re.compile("(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


def bytes_of(names: dict, name: str, sizes=()) -> bytes:
    if name not in names:
        raise Refused("format", f"no {name}")
    if not _BASE64.fullmatch(names[name]):
        raise Refused("format", f"{name} is no base64")
    decoded = base64.b64decode(names[name])
    if not decoded or (sizes and len(decoded) not in sizes):
        raise Refused("format", f"{name} has {len(decoded)} bytes")
    return decoded


# ---- detection -----------------------------------------------------------------------------------------------------------


def detect(meta: dict, instruction: bytes | None) -> Envelope:
    names = {}
    for name, value in meta.items():
        lower = name.lower()
        if lower in OLD_NAMES or lower in NEW_NAMES:
            if lower in names:
                raise Refused("format", f"{lower} twice")
            names[lower] = decoded_header(value) if lower in DECODED_VALUES else value
    names = _without_empty(names)
    keys = [key for key in ENVELOPE_KEYS if key in names]
    old, new = OLD_NAMES & names.keys(), NEW_NAMES & names.keys()
    _require_one_generation(keys, old, new)
    if keys:
        return _complete(names, keys[0], "metadata")
    if {"x-amz-c", "x-amz-d", "x-amz-i"} <= new:
        file = _instruction(instruction, "format")
        if NEW_NAMES & file.keys() - {"x-amz-3", "x-amz-w", "x-amz-m", "x-amz-t"} or OLD_NAMES & file.keys():
            raise Refused("format", "names in the instruction file that have no place there")
        if new - {"x-amz-c", "x-amz-d", "x-amz-i"}:
            raise Refused("format", "names beside the object that belong into its instruction file")
        return _complete({**names, **file}, "x-amz-3", "instruction")
    if old or new:
        raise Refused("format", "an envelope without its wrapped key")
    file = _instruction(instruction, "not-encrypted")
    if not (OLD_NAMES | NEW_NAMES) & file.keys() and {"EncryptedEnvelopeKey", "IV"} <= file.keys():
        file = {"x-amz-key": file["EncryptedEnvelopeKey"], "x-amz-iv": file["IV"]}
    keys = [key for key in ENVELOPE_KEYS if key in file]
    _require_one_generation(keys, OLD_NAMES & file.keys(), NEW_NAMES & file.keys())
    if NEW_NAMES & file.keys() or not keys:
        raise Refused("format", "an instruction file without an envelope of V1 or V2")
    return _complete(file, keys[0], "instruction")


def _without_empty(names: dict) -> dict:
    return {name: value for name, value in names.items() if value or name not in ABSENT_WHEN_EMPTY}


def _require_one_generation(keys, old, new) -> None:
    if len(keys) > 1 or (old and new):
        raise Refused("format", "mixed formats")


def _instruction(body: bytes | None, layer_if_missing: str) -> dict:
    if body is None:
        raise Refused(layer_if_missing, "no instruction file")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as e:
        raise Refused("format", "the instruction file is no UTF-8") from e
    return _without_empty(flat_json(text, "the instruction file", NUMBERS_ALLOWED))


def _complete(names: dict, key: str, location: str) -> Envelope:
    if key == "x-amz-3":
        return _v3(names, location)
    if key == "x-amz-key-v2":
        return _v2(names, location)
    if {"x-amz-wrap-alg", "x-amz-cek-alg", "x-amz-tag-len"} & names.keys():
        raise Refused("format", "format V1 with names of V2")
    description = flat_json(names.get("x-amz-matdesc", "{}"), "x-amz-matdesc")
    # The wrap has no name: it is the kind of the reader's key.
    return Envelope(
        "V1",
        SUITE_CBC,
        CBC_NAMES[0],
        "",
        location,
        bytes_of(names, "x-amz-key"),
        bytes_of(names, "x-amz-iv", (16,)),
        b"",
        description,
    )


def _v2(names: dict, location: str) -> Envelope:
    content = names.get("x-amz-cek-alg")
    wrap = names.get("x-amz-wrap-alg")
    if content != GCM_NAME and content not in CBC_NAMES:
        raise Refused("format", f"content algorithm {content}")
    if wrap not in WRAPS_OF_V2:
        raise Refused("format", f"wrap {wrap}")
    tag = names.get("x-amz-tag-len")
    if content == GCM_NAME and tag != "128" or content != GCM_NAME and tag not in (None, "", "0"):
        raise Refused("format", f"tag length {tag}")
    iv = bytes_of(names, "x-amz-iv", (12,) if content == GCM_NAME else (16,))
    description = flat_json(names.get("x-amz-matdesc", "{}"), "x-amz-matdesc")
    suite = SUITE_GCM if content == GCM_NAME else SUITE_CBC
    return Envelope("V2", suite, content, wrap, location, bytes_of(names, "x-amz-key-v2"), iv, b"", description)


def _v3(names: dict, location: str) -> Envelope:
    if names.get("x-amz-c") != "115":
        raise Refused("format", f"content algorithm {names.get('x-amz-c')}")
    wrap = WRAPS_OF_V3.get(names.get("x-amz-w"))
    if wrap is None:
        raise Refused("format", f"wrap code {names.get('x-amz-w')}")
    commitment = bytes_of(names, "x-amz-d", (28,))
    message_id = bytes_of(names, "x-amz-i", (28,))
    map_name = "x-amz-t" if wrap == "kms+context" else "x-amz-m"
    description = flat_json(names.get(map_name, "{}"), map_name)
    wrapped = bytes_of(names, "x-amz-3")
    return Envelope("V3", SUITE_COMMITTING, "115", wrap, location, wrapped, message_id, commitment, description)


# ---- unwrapping ----------------------------------------------------------------------------------------------------------


def unwrap(envelope: Envelope, key: dict, kms, materials_description: dict, context: dict) -> bytes:
    """The data key. ``kms`` is a list of records, or a function (blob, context) -> (key ARN, plaintext) or None."""
    wrap = envelope.wrap
    if key["type"] == "KMS":
        _require_context(envelope, context)
        data_key = _kms(envelope, key, kms)
    else:
        if context:
            raise Refused("no-key", "an encryption context with a raw key")
        if envelope.description != materials_description:
            raise Refused("no-key", "another materials description")
        opened = (_aes if key["type"] == "AES" else _rsa)(envelope, key)
        if opened is None:
            raise Refused("unwrap", f"the wrapped key does not open ({wrap})")
        data_key = opened
    sizes = (32,) if envelope.suite == SUITE_COMMITTING else (16, 24, 32)
    if len(data_key) not in sizes:
        raise Refused("unwrap", f"a data key of {len(data_key)} bytes")
    return data_key


def _require_context(envelope: Envelope, context: dict) -> None:
    stored = envelope.description
    if {BOUND_ALGORITHM, KMS_KEY_ID} & context.keys():
        raise Refused("no-key", "the caller's context uses a reserved name")
    if envelope.wrap == "kms":
        if BOUND_ALGORITHM in stored:
            raise Refused("unwrap", "kms+context, relabelled")
        if context:
            raise Refused("no-key", "an encryption context with the wrap kms")
        return
    if stored.get(BOUND_ALGORITHM) != envelope.content_name:
        raise Refused("unwrap", "the context is not bound to the content algorithm")
    if {name: stored[name] for name in stored if name not in (BOUND_ALGORITHM, KMS_KEY_ID)} != context:
        raise Refused("no-key", "another encryption context")


def _kms(envelope: Envelope, key: dict, kms) -> bytes:
    if callable(kms):
        answer = kms(envelope.wrapped, envelope.description)
    else:
        answer = next(
            (
                (record["keyId"], base64.b64decode(record["plaintext"]))
                for record in kms or ()
                if base64.b64decode(record["ciphertextBlob"]) == envelope.wrapped
                and record["encryptionContext"] == envelope.description
            ),
            None,
        )
    if answer is None or answer[0] != key["keyId"]:
        raise Refused("unwrap", "KMS does not open it")
    return answer[1]


def _aes(envelope: Envelope, key: dict) -> bytes | None:
    master, wrapped = base64.b64decode(key["key"]), envelope.wrapped
    if envelope.wrap == "AES":
        if len(wrapped) not in (32, 48):
            return None
        decryptor = Cipher(algorithms.AES(master), modes.ECB()).decryptor()
        return unpadded(decryptor.update(wrapped) + decryptor.finalize())
    if envelope.wrap == "AESWrap":
        try:
            return aes_key_unwrap(master, wrapped)
        except (InvalidUnwrap, ValueError):
            return None
    if len(wrapped) not in (44, 52, 60):
        return None
    try:
        return AESGCM(master).decrypt(wrapped[:12], wrapped[12:], envelope.content_name.encode("ascii"))
    except InvalidTag:
        return None


def _rsa(envelope: Envelope, key: dict) -> bytes | None:
    private = _private(key["pkcs8"])
    wrapped, size = envelope.wrapped, private.key_size // 8
    if len(wrapped) != size:
        return None
    if envelope.wrap == "RSA":
        opened = _bare_rsa(private.private_numbers(), int.from_bytes(wrapped, "big")).to_bytes(size, "big")
        shaped = re.fullmatch(rb"\x00\x02[^\x00]{8,}?\x00(.*)", opened, re.DOTALL)
        return shaped[1] if shaped and len(shaped[1]) in (16, 24, 32) else None
    if envelope.wrap == "RSA-OAEP-SHA1":
        opened = _oaep(private, wrapped, hashes.SHA1(), hashes.SHA1())
        if not opened or opened[0] not in (16, 24, 32):
            return None
        data_key, rest = opened[1 : 1 + opened[0]], opened[1 + opened[0] :]
        return data_key if rest == envelope.content_name.encode("ascii") else None
    opened = _oaep(private, wrapped, hashes.SHA256(), hashes.SHA1())
    return opened if opened is not None else _oaep(private, wrapped, hashes.SHA256(), hashes.SHA256())


@functools.lru_cache
def _private(pkcs8: str):
    return serialization.load_der_private_key(base64.b64decode(pkcs8), None, unsafe_skip_rsa_key_validation=True)


def _bare_rsa(numbers, ciphertext: int) -> int:
    by_p, by_q = pow(ciphertext, numbers.dmp1, numbers.p), pow(ciphertext, numbers.dmq1, numbers.q)
    return by_q + numbers.q * ((by_p - by_q) * numbers.iqmp % numbers.p)


def _oaep(private, wrapped: bytes, digest, mask) -> bytes | None:
    try:
        return private.decrypt(wrapped, padding.OAEP(padding.MGF1(mask), digest, None))
    except ValueError:
        return None


# ---- content -------------------------------------------------------------------------------------------------------------


def derive(data_key: bytes, message_id: bytes) -> tuple:
    """Commitment and content key of the committing suite."""
    suite = bytes.fromhex("0073")
    prk = hmac.digest(message_id, data_key, hashlib.sha512)

    def expand(label: bytes, size: int) -> bytes:
        return hmac.digest(prk, suite + label + b"\x01", hashlib.sha512)[:size]

    return expand(b"COMMITKEY", 28), expand(b"DERIVEKEY", 32)


def unpadded(padded: bytes) -> bytes | None:
    count = padded[-1] if padded else 0
    good = 1 <= count <= 16 and padded[-count:] == bytes([count]) * count
    return padded[:-count] if good else None


def open_content(envelope: Envelope, data_key: bytes, body: bytes) -> bytes:
    if envelope.suite == SUITE_CBC:
        if not body or len(body) % 16:
            raise Refused("integrity", f"a CBC body of {len(body)} bytes")
        decryptor = Cipher(algorithms.AES(data_key), modes.CBC(envelope.iv)).decryptor()
        plaintext = unpadded(decryptor.update(body) + decryptor.finalize())
        if plaintext is None:
            raise Refused("integrity", "padding")
        return plaintext
    key, iv, aad = data_key, envelope.iv, None
    if envelope.suite == SUITE_COMMITTING:
        commitment, key = derive(data_key, envelope.iv)
        if commitment != envelope.commitment:
            raise Refused("commitment", "another key than the one committed to")
        iv, aad = b"\x01" * 12, bytes.fromhex("0073")
    if len(body) < 16:
        raise Refused("integrity", "shorter than its tag")
    try:
        return AESGCM(key).decrypt(iv, body, aad)
    except InvalidTag as e:
        raise Refused("integrity", "tag") from e


def require_allowed(envelope: Envelope, policy: dict) -> None:
    """The gates that stand before a keyring is asked, but for the wrap's."""
    if envelope.suite == SUITE_CBC and not policy["legacyContent"]:
        raise Refused("policy", "CBC content")
    if envelope.suite != SUITE_COMMITTING and policy["commitment"] != ALLOW_DECRYPT:
        raise Refused("policy", "no key commitment")


def envelope_of(meta: dict, instruction: bytes | None, key: dict) -> Envelope:
    envelope = detect(meta, instruction)
    if envelope.format == "V1":
        envelope.wrap = key["type"] if key["type"] != "KMS" else "AES"
    return envelope


def open_object(meta, instruction, body, key, kms=None, materials_description=None, context=None, policy=None) -> bytes:
    """The plaintext of a stored object, or ``Refused``."""
    envelope = envelope_of(meta, instruction, key)
    require_allowed(envelope, policy)
    if KEY_TYPE[envelope.wrap] != key["type"]:
        raise Refused("no-key", f"a key of kind {key['type']}, and the wrap {envelope.wrap}")
    if envelope.wrap in LEGACY_WRAPS and not policy["legacyWrap"]:
        raise Refused("policy", f"legacy wrap {envelope.wrap}")
    data_key = unwrap(envelope, key, kms, materials_description or {}, context or {})
    return open_content(envelope, data_key, body)


def least_policy(envelope: Envelope) -> dict:
    return {
        "commitment": "REQUIRE_ENCRYPT_REQUIRE_DECRYPT" if envelope.suite == SUITE_COMMITTING else ALLOW_DECRYPT,
        "legacyWrap": envelope.wrap in LEGACY_WRAPS,
        "legacyContent": envelope.suite == SUITE_CBC,
    }
