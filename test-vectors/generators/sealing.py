# Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0
"""Seals objects as old clients did, for shapes that no client at hand writes. Deterministic: all randomness is from a seed.

Never a model for a real writer, for that very reason.
"""

import base64
import hashlib
import json

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

import reference
from vector import SUITE_CBC, SUITE_COMMITTING, b64, counter_bytes


class Draw:
    """Bytes from a seed, never the same twice."""

    def __init__(self, seed: str):
        self._seed, self._count = seed, 0

    def bytes(self, size: int) -> bytes:
        self._count += 1
        return counter_bytes(f"{self._seed}/draw-{self._count}", size)


def padded(plaintext: bytes) -> bytes:
    count = 16 - len(plaintext) % 16
    return plaintext + bytes([count]) * count


def seal_content(suite: str, data_key: bytes, iv: bytes, plaintext: bytes) -> bytes:
    if suite == SUITE_CBC:
        encryptor = Cipher(algorithms.AES(data_key), modes.CBC(iv)).encryptor()
        return encryptor.update(padded(plaintext)) + encryptor.finalize()
    if suite == SUITE_COMMITTING:
        _, key = reference.derive(data_key, iv)
        return AESGCM(key).encrypt(b"\x01" * 12, plaintext, bytes.fromhex("0073"))
    return AESGCM(data_key).encrypt(iv, plaintext, None)


def seal_key(wrap: str, key: dict, data_key: bytes, bound: str, draw: Draw, **shape) -> bytes:
    """Wraps a data key. ``shape`` bends it: nonce, envelope (the bytes inside OAEP), mask (the hash of MGF1)."""
    if key["type"] == "RSA":
        if wrap == "RSA":
            return rsa(key, pkcs1(size_of(key), data_key, draw))
        if wrap == "RSA-OAEP-SHA1":
            inside = shape.get("envelope", bytes([len(data_key)]) + data_key + bound.encode("ascii"))
            return rsa(key, oaep(size_of(key), inside, "sha1", "sha1", draw))
        return rsa(key, oaep(size_of(key), data_key, "sha256", shape.get("mask", "sha1"), draw))
    if key["type"] == "KMS":
        return draw.bytes(184)  # opaque: the case's record says what it stands for
    master = base64.b64decode(key["key"])
    if wrap == "AES":
        encryptor = Cipher(algorithms.AES(master), modes.ECB()).encryptor()
        return encryptor.update(padded(data_key)) + encryptor.finalize()
    if wrap == "AESWrap":
        return aes_key_wrap(master, data_key)
    nonce = shape.get("nonce") or draw.bytes(12)
    return nonce + AESGCM(master).encrypt(nonce, data_key, bound.encode("ascii"))


# ---- RSA, by hand, as its padding must be reproducible and, for faults, wrong ------------------------------------------------


def _public(key: dict):
    return serialization.load_der_public_key(base64.b64decode(key["spki"])).public_numbers()


def size_of(key: dict) -> int:
    return (_public(key).n.bit_length() + 7) // 8


def rsa(key: dict, block: bytes) -> bytes:
    """The bare operation."""
    public = _public(key)
    return pow(int.from_bytes(block, "big"), public.e, public.n).to_bytes(len(block), "big")


def pkcs1(size: int, message: bytes, draw: Draw) -> bytes:
    """RFC 8017, 7.2.1."""
    filler = bytes(b or 1 for b in draw.bytes(size - 3 - len(message)))
    return b"\x00\x02" + filler + b"\x00" + message


def oaep(size: int, message: bytes, digest: str, mask: str, draw: Draw) -> bytes:
    """RFC 8017, 7.1.1, with an empty label."""
    hashed = hashlib.new(digest).digest()
    data = hashed + bytes(size - len(message) - 2 * len(hashed) - 2) + b"\x01" + message
    seed = draw.bytes(len(hashed))
    masked = _xor(data, _mgf1(seed, len(data), mask))
    return b"\x00" + _xor(seed, _mgf1(masked, len(seed), mask)) + masked


def _mgf1(seed: bytes, size: int, digest: str) -> bytes:
    blocks = (hashlib.new(digest, seed + i.to_bytes(4, "big")).digest() for i in range(size // 20 + 1))
    return b"".join(blocks)[:size]


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


# ---- envelopes ---------------------------------------------------------------------------------------------------------------


def compact(names: dict) -> str:
    return json.dumps(names, separators=(",", ":"), ensure_ascii=False)


def names_v1(wrapped: bytes, iv: bytes, description: dict) -> dict:
    return {"x-amz-key": b64(wrapped), "x-amz-iv": b64(iv), "x-amz-matdesc": compact(description)}


def names_v2(wrap: str, content: str, wrapped: bytes, iv: bytes, description: dict) -> dict:
    names = {
        "x-amz-key-v2": b64(wrapped),
        "x-amz-iv": b64(iv),
        "x-amz-wrap-alg": wrap,
        "x-amz-cek-alg": content,
        "x-amz-matdesc": compact(description),
    }
    return names | ({"x-amz-tag-len": "128"} if content == reference.GCM_NAME else {})


def names_v3(wrap: str, data_key: bytes, wrapped: bytes, message_id: bytes, description: dict) -> dict:
    commitment, _ = reference.derive(data_key, message_id)
    names = {
        "x-amz-c": "115",
        "x-amz-d": b64(commitment),
        "x-amz-i": b64(message_id),
        "x-amz-3": b64(wrapped),
        "x-amz-w": {name: code for code, name in reference.WRAPS_OF_V3.items()}[wrap],
    }
    if description:
        names["x-amz-t" if wrap == "kms+context" else "x-amz-m"] = compact(description)
    return names
