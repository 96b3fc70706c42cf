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
CONTENT_NAME = {SUITE_CBC: "AES/CBC/PKCS5Padding", SUITE_GCM: reference.GCM_NAME, SUITE_COMMITTING: "115"}


def vector_of(id, comment, key, meta, body, plaintext, made=None, instruction=None, flags=("Grease",), **more) -> Vector:
    """A good case, opened by the reference reader first."""
    keys = vector.load_keys()
    envelope = reference.envelope_of(meta, instruction, keys[key])
    case = {
        "id": id, "comment": comment, "producer": PRODUCER,
        "format": envelope.format, "suite": envelope.suite, "wrap": envelope.wrap, "location": envelope.location,
        "key": key, "policy": reference.least_policy(envelope), "expect": "success",
        "plaintext": described(plaintext, made), "flags": list(flags), **more,
    }
    opened = reference.open_object(
        meta, instruction, body, keys[key], case.get("kms"), case.get("materialsDescription"),
        case.get("encryptionContext"), case["policy"],
    )
    if opened != plaintext:
        raise ValueError(f"{id}: opens to another plaintext")
    return Vector(case, meta, instruction, body)


def known_answers() -> list:
    """The fact sheet's section 19, byte for byte."""
    data_key, message_id, nonce = bytes(range(32)), bytes(range(0x40, 0x5C)), bytes(range(0xC0, 0xCC))
    gcm_iv, cbc_iv = bytes(range(0xA0, 0xAC)), bytes(range(0xB0, 0xC0))
    key, draw = vector.load_keys()["aes-256-known"], sealing.Draw("known-answers")

    def wrapped(wrap, bound=""):
        return sealing.seal_key(wrap, key, data_key, bound, draw, nonce=nonce)

    v3 = names_v3("AES/GCM", data_key, wrapped("AES/GCM", "115"), message_id, {})
    v2 = names_v2("AES/GCM", reference.GCM_NAME, wrapped("AES/GCM", reference.GCM_NAME), gcm_iv, {})
    wrap = names_v2("AESWrap", reference.GCM_NAME, wrapped("AESWrap"), gcm_iv, {})
    v1 = names_v1(wrapped("AES"), cbc_iv, {})
    committing = sealing.seal_content(SUITE_COMMITTING, data_key, message_id, SENTENCE)
    gcm = sealing.seal_content(SUITE_GCM, data_key, gcm_iv, SENTENCE)
    cbc = sealing.seal_content(SUITE_CBC, data_key, cbc_iv, SENTENCE)
    empty = sealing.seal_content(SUITE_COMMITTING, data_key, message_id, b"")
    rows = [
        ("v3", "format V3", v3, committing, SENTENCE),
        ("v3-empty", "an empty object of format V3", v3, empty, b""),
        ("v2", "format V2", v2, gcm, SENTENCE),
        ("v2-aeswrap", "format V2 with AESWrap", wrap, gcm, SENTENCE),
        ("v1", "format V1", v1, cbc, SENTENCE),
    ]
    return [
        vector_of(
            f"known-answer-{id}", f"A known answer of {what}: every input is a counting byte string.", "aes-256-known",
            meta, body, plaintext, flags=("KnownAnswer",),
        )
        for id, what, meta, body, plaintext in rows
    ]


def vectors() -> list:
    return known_answers()
