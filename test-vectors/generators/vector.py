# Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0
"""The vector format: recipes, master keys, and case directories, read and written."""

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

GENERATORS = Path(__file__).resolve().parent
CORPUS = GENERATORS.parent / "corpus"
MOST_INLINE_BODY = 64 * 1024
ID = re.compile(r"[A-Za-z0-9._-]{1,120}")
SUITE_CBC, SUITE_GCM, SUITE_COMMITTING = "0x0070", "0x0072", "0x0073"
REQUIRE_DECRYPT = "REQUIRE_ENCRYPT_REQUIRE_DECRYPT"
ALLOW_DECRYPT = "REQUIRE_ENCRYPT_ALLOW_DECRYPT"
EVERYTHING = {"commitment": ALLOW_DECRYPT, "legacyWrap": True, "legacyContent": True}
OUTCOMES = ("success", "not-encrypted", "format", "policy", "no-key", "unwrap", "commitment", "integrity")
FIELDS = (
    "id",
    "comment",
    "producer",
    "derivedFrom",
    "fault",
    "format",
    "suite",
    "wrap",
    "location",
    "instructionSuffix",
    "key",
    "materialsDescription",
    "encryptionContext",
    "kms",
    "policy",
    "expect",
    "alsoAllowed",
    "plaintext",
    "bodyFrom",
    "ranges",
    "flags",
)


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def counter_bytes(seed: str, size: int) -> bytes:
    """The recipe sha256-counter."""
    prefix = seed.encode("utf-8")
    blocks = (hashlib.sha256(prefix + i.to_bytes(8, "big")).digest() for i in range((size + 31) // 32))
    return b"".join(blocks)[:size]


def recipe(seed: str, size: int) -> dict:
    return {"prng": "sha256-counter", "seed": seed, "bytes": size}


def from_recipe(made: dict) -> bytes:
    if set(made) != {"prng", "seed", "bytes"} or made["prng"] != "sha256-counter":
        raise ValueError(f"not a recipe: {made}")
    return counter_bytes(made["seed"], made["bytes"])


def plaintext_of(case: dict) -> bytes:
    """What a good case must give, from its recipe or its hex."""
    described = case["plaintext"]
    plaintext = from_recipe(described["from"]) if "from" in described else bytes.fromhex(described["hex"])
    if len(plaintext) != described["bytes"] or hashlib.sha256(plaintext).hexdigest() != described["sha256"]:
        raise ValueError(f"{case['id']}: plaintext, length and hash disagree")
    return plaintext


def described(plaintext: bytes, made: dict | None) -> dict:
    fields = {"bytes": len(plaintext), "sha256": hashlib.sha256(plaintext).hexdigest()}
    if made is not None:
        fields["from"] = made
    else:
        fields["hex"] = plaintext.hex()
    return fields


def load_keys(corpus: Path = CORPUS) -> dict:
    return json.loads((corpus / "keys.json").read_text("utf-8"))


@dataclass
class Vector:
    """One case: its description, and the stored object it is about. ``body`` is whole, also where the file is left out."""

    case: dict
    meta: dict
    instruction: bytes | None
    body: bytes

    @property
    def id(self) -> str:
        return self.case["id"]


def write(folder: Path, vector: Vector) -> None:
    """Writes a case directory under the producer's folder. A long body stays out if the case says how to make it."""
    case = vector.case
    unknown = set(case) - set(FIELDS)
    if unknown or not ID.fullmatch(case["id"]) or case["expect"] not in OUTCOMES:
        raise ValueError(f"{case['id']}: not a case of the format ({unknown or case['expect']})")
    directory = folder / case["id"]
    directory.mkdir(parents=True)
    lines = [
        f"  {json.dumps(name)}: {json.dumps(case[name], ensure_ascii=False)}" for name in FIELDS if case.get(name) is not None
    ]
    (directory / "case.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
    (directory / "meta.json").write_text(json.dumps(vector.meta, indent=0, sort_keys=True) + "\n", "utf-8")
    if "bodyFrom" not in case:
        if len(vector.body) > MOST_INLINE_BODY and case["expect"] == "success":
            raise ValueError(f"{case['id']}: a body of {len(vector.body)} bytes needs a recipe")
        (directory / "object.bin").write_bytes(vector.body)
    if vector.instruction is not None:
        (directory / "instruction.json").write_bytes(vector.instruction)


def read(directory: Path, body_from) -> Vector:
    """Reads a case directory. ``body_from(case, meta, instruction)`` makes the body where its file is left out."""
    case = json.loads((directory / "case.json").read_text("utf-8"))
    meta = json.loads((directory / "meta.json").read_text("utf-8"))
    file = directory / "instruction.json"
    instruction = file.read_bytes() if file.exists() else None
    stored = directory / "object.bin"
    if stored.exists() == ("bodyFrom" in case):
        raise ValueError(f"{directory.name}: needs one of object.bin and bodyFrom")
    body = stored.read_bytes() if stored.exists() else body_from(case, meta, instruction)
    if case["id"] != directory.name:
        raise ValueError(f"{directory.name}: its case.json says {case['id']}")
    return Vector(case, meta, instruction, body)
