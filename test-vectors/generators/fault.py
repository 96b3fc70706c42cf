# Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0
"""Derives bad cases: a good one, and one change."""

import base64
import copy
import json

import check
import reference
import sealing
import vector
from vector import EVERYTHING, Vector, b64

PRODUCER = {"sdk": "keywright-generators", "version": "1", "script": "generators/faults.py"}
KEPT = (
    "format",
    "suite",
    "wrap",
    "location",
    "instructionSuffix",
    "key",
    "materialsDescription",
    "encryptionContext",
    "kms",
)


class Edit:
    """A good case, about to be spoilt. Fields are found where they are: beside the object, or in the instruction file."""

    def __init__(self, good: Vector, key: dict):
        self.case = {name: copy.deepcopy(good.case[name]) for name in KEPT if name in good.case}
        self.meta = dict(good.meta)
        self.file = json.loads(good.instruction) if good.instruction is not None else None
        self.raw_file = good.instruction
        self.body = good.body
        self._good, self._key = good, key
        self._file_before = copy.deepcopy(self.file)

    def _holder(self, name: str) -> dict:
        return self.file if self.file is not None and name in self.file else self.meta

    def __getitem__(self, name: str) -> str:
        return self._holder(name)[name]

    def __setitem__(self, name: str, value) -> None:
        self._holder(name)[name] = value

    def drop(self, *names: str) -> None:
        for name in names:
            del self._holder(name)[name]

    def bytes(self, name: str) -> bytes:
        return base64.b64decode(self[name])

    def set_bytes(self, name: str, value: bytes) -> None:
        self[name] = b64(value)

    def envelope(self) -> reference.Envelope:
        """The good case's."""
        return reference.envelope_of(self._good.meta, self._good.instruction, self._key)

    def data_key(self) -> bytes:
        """The good case's."""
        case = self._good.case
        return reference.unwrap(
            self.envelope(),
            self._key,
            case.get("kms"),
            case.get("materialsDescription", {}),
            case.get("encryptionContext", {}),
        )

    def wrapped_name(self) -> str:
        return {"V1": "x-amz-key", "V2": "x-amz-key-v2", "V3": "x-amz-3"}[self.case["format"]]

    def instruction(self):
        if self.file != self._file_before:
            return None if self.file is None else sealing.compact(self.file).encode("utf-8")
        return self.raw_file


class Faults:
    """Collects bad cases, each checked with the reference reader as it is made."""

    def __init__(self):
        self.keys = vector.load_keys()
        self.made = []
        self._loaded = {}

    def good(self, id: str) -> Vector:
        if id not in self._loaded:
            directory = next(vector.CORPUS.glob(f"*/{id}"), None)
            if directory is None:
                raise ValueError(f"{id}, which faults are derived from, is not in the corpus")
            self._loaded[id] = vector.read(directory, check.body_from(self.keys))
        return self._loaded[id]

    def edit(self, id: str) -> Edit:
        good = self.good(id)
        return Edit(good, self.keys[good.case["key"]])

    def add(self, base: tuple, name: str, flag: str, expect: str, fault: str, change=None, also=(), **fields) -> None:
        """``base`` is a short name and the id; ``change`` works on an Edit; ``fields`` replace fields of the case."""
        short, id = base
        edit = self.edit(id)
        if change is not None:
            change(edit)
        case = {
            "id": f"bad-{short}-{name}",
            "comment": f"Must be refused: {fault}.",
            "producer": PRODUCER,
            "derivedFrom": id,
            "fault": fault,
            **edit.case,
            "policy": EVERYTHING,
            "expect": expect,
            "flags": [flag],
            **fields,
        }
        if also:
            case["alsoAllowed"] = list(also)
        bad = Vector(case, edit.meta, edit.instruction(), edit.body)
        layer, _ = check.outcome(bad, self.keys, case["policy"])
        if layer != expect and layer not in also:
            raise ValueError(f"{case['id']}: ended in {layer}, wanted {expect}")
        self.made.append(bad)

    def add_first(self, base, name, flag, expect, fault, changes, **more) -> None:
        """The first of these changes that is refused as wanted: in CBC a wrong key goes unnoticed once in 256 times."""
        for change in changes:
            try:
                return self.add(base, name, flag, expect, fault, change, **more)
            except ValueError:
                continue
        raise ValueError(f"{base[0]}-{name}: none of the changes ends in {expect}")


def put(names: dict):
    """Sets fields, beside the object."""
    return lambda edit: edit.meta.update(names)


def put_in_file(names: dict):
    return lambda edit: edit.file.update(names)


def drop(*names: str):
    return lambda edit: edit.drop(*names)


def text(name: str, value: str):
    def change(edit):
        edit[name] = value

    return change


def recoded(name: str, how):
    """Changes the bytes of a base64 field; without a name, of the wrapped key."""

    def change(edit):
        field = name or edit.wrapped_name()
        edit.set_bytes(field, how(edit.bytes(field)))

    return change


def raw_file(body):
    def change(edit):
        edit.raw_file = body

    return change


def no_file(edit) -> None:
    edit.file = None


def body(how):
    def change(edit):
        edit.body = how(edit.body)

    return change


def flipped(at: int, bit: int = 0):
    def how(data: bytes) -> bytes:
        changed = bytearray(data)
        changed[at] ^= 1 << bit
        return bytes(changed)

    return how


def cut(count: int):
    return lambda data: data[:-count]


def first(count: int):
    return lambda data: data[:count]


def longer(more: bytes):
    return lambda data: data + more


def both(*changes):
    def change(edit):
        for each in changes:
            each(edit)

    return change
