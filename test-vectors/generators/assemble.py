# Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0
"""Turns objects that a generator wrote to the loopback S3 into cases.

Each object is opened here, with the reference reader, before it is recorded; whatever the generator said of it is checked.
"""

import base64
import hashlib
import json
import shutil
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import reference
import vector
from vector import SUITE_CBC, Vector, b64

LINE_FIELDS = {
    "id",
    "object",
    "comment",
    "producer",
    "format",
    "suite",
    "wrap",
    "location",
    "instructionSuffix",
    "key",
    "materialsDescription",
    "encryptionContext",
    "plaintext",
    "flags",
}
NEEDED = LINE_FIELDS - {"instructionSuffix", "materialsDescription", "encryptionContext"}
PREFIX = "x-amz-meta-"
DEFAULT_SUFFIX = ".instruction"


class Stores:
    """The loopback S3 and KMS, over plain HTTP."""

    def __init__(self, s3: str, kms: str, bucket: str):
        self._s3, self._kms, self._bucket = s3.rstrip("/"), kms, bucket

    def get(self, key: str):
        """User metadata and body, or None."""
        url = f"{self._s3}/{self._bucket}/{urllib.parse.quote(key)}"
        try:
            with urllib.request.urlopen(url, timeout=30) as response:
                meta = {
                    name.lower()[len(PREFIX) :]: value
                    for name, value in response.headers.items()
                    if name.lower().startswith(PREFIX)
                }
                return meta, response.read()
        except urllib.error.HTTPError as e:
            if e.code == 404:
                return None
            raise

    def decrypt(self, blob: bytes, context: dict):
        """KMS's Decrypt: key ARN and plaintext, or None."""
        request = urllib.request.Request(
            self._kms,
            json.dumps({"CiphertextBlob": b64(blob), "EncryptionContext": context}).encode("utf-8"),
            {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "TrentService.Decrypt"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                answer = json.loads(response.read())
        except urllib.error.HTTPError as e:
            if "InvalidCiphertextException" in e.read().decode("utf-8", "replace"):
                return None
            raise
        return answer["KeyId"], base64.b64decode(answer["Plaintext"])


def cases_of(line: dict, stores: Stores, keys: dict) -> list:
    """The case of this object; one more for each other shape of its metadata, where that goes beyond ASCII."""
    unknown, missing = set(line) - LINE_FIELDS, NEEDED - set(line)
    if unknown or missing:
        raise ValueError(f"{line.get('id')}: unknown fields {unknown}, missing fields {missing}")
    stored = stores.get(line["object"])
    if stored is None:
        raise ValueError(f"{line['id']}: no object {line['object']}")
    meta, body = stored
    suffix = line.get("instructionSuffix", DEFAULT_SUFFIX)
    file = stores.get(line["object"] + suffix)
    instruction = file[1] if file else None
    if (instruction is not None) != (line["location"] == "instruction"):
        raise ValueError(f"{line['id']}: said to be in {line['location']}, and the instruction file is {instruction!r}")

    shapes = [("", "", meta)]
    if any(value.startswith("=?") for value in meta.values()):
        shapes = [("", " Its metadata is as S3 returns it, in encoded words.", meta)]
        held = {name: _undone(value) for name, value in meta.items()}
        right = {name: _repaired(value) for name, value in held.items()}
        if right != held:
            shapes.append((".latin1", " Its metadata is UTF-8 that was read as Latin-1.", held))
        shapes.append((".text", " Its metadata is the right text.", right))
    return [
        Vector(_case(line, ending, more, shape, instruction, body, keys, stores), shape, instruction, body)
        for ending, more, shape in shapes
    ]


def _undone(value: str) -> str:
    """The text inside the encoded words of the loopback S3: header bytes that it read as Latin-1."""
    words = value.split(" ") if value.startswith("=?") else None
    if words is None:
        return value
    return "".join(base64.b64decode(word[len("=?UTF-8?B?") : -len("?=")]).decode("utf-8") for word in words)


def _repaired(held: str) -> str:
    """The text that the client meant: it sent UTF-8, or Latin-1."""
    try:
        return held.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return held


def _case(line, ending, more, meta, instruction, body, keys, stores) -> dict:
    key = keys[line["key"]]
    case = {name: line[name] for name in LINE_FIELDS - {"object"} if line.get(name) is not None}
    case["producer"] = {field: line["producer"][field] for field in ("sdk", "version", "script")}
    case["id"] += ending
    case["comment"] += more
    envelope = reference.envelope_of(meta, instruction, key)
    found = (envelope.format, envelope.suite, envelope.wrap, envelope.location)
    said = tuple(line[name] for name in ("format", "suite", "wrap", "location"))
    if found != said:
        raise ValueError(f"{case['id']}: found {found}, said to be {said}")
    case["policy"] = reference.least_policy(envelope)
    if key["type"] == "KMS":
        arn, data_key = stores.decrypt(envelope.wrapped, envelope.description)
        case["kms"] = [
            {
                "ciphertextBlob": b64(envelope.wrapped),
                "keyId": arn,
                "encryptionContext": envelope.description,
                "plaintext": b64(data_key),
            }
        ]
    data_key = reference.unwrap(
        envelope, key, case.get("kms"), case.get("materialsDescription", {}), case.get("encryptionContext", {})
    )
    plaintext = reference.open_content(envelope, data_key, body)
    if plaintext != vector.from_recipe(line["plaintext"]):
        raise ValueError(f"{case['id']}: opens to another plaintext")
    case["plaintext"] = vector.described(plaintext, vector.recipe(line["plaintext"]["seed"], len(plaintext)))
    add_body_recipe(case, envelope, data_key, body)
    if len(plaintext) >= 1000 and not ending and line["location"] == "metadata":
        case["ranges"] = ranges_of(plaintext)
    case["expect"] = "success"
    return case


def add_body_recipe(case: dict, envelope, data_key: bytes, body: bytes) -> None:
    """Has a long body left out."""
    if len(body) > vector.MOST_INLINE_BODY:
        case["bodyFrom"] = {
            "plaintextFrom": case["plaintext"]["from"],
            "dataKey": b64(data_key),
            **({} if envelope.suite == SUITE_CBC else {"tag": b64(body[-16:])}),
            "sha256": hashlib.sha256(body).hexdigest(),
        }


def ranges_of(plaintext: bytes) -> list:
    """Within a block, over blocks, the last bytes, past the end, a suffix, and one that starts too late."""
    end = len(plaintext)
    wanted = [(0, 0), (5, 9), (16, 43), (15, 16), (end - 17, end - 1), (end - 1, end + 5000)]
    ranges = [(f"bytes={first}-{last}", plaintext[first : last + 1]) for first, last in wanted]
    ranges += [(f"bytes={end - 33}-", plaintext[-33:]), ("bytes=-10", plaintext[-10:])]
    described = [{"range": text, "sha256": hashlib.sha256(part).hexdigest(), "bytes": len(part)} for text, part in ranges]
    return described + [{"range": f"bytes={end + 64}-{end + 99}", "status": 416}]


def assemble(producer: str, lines: list, stores: Stores, corpus: Path = vector.CORPUS) -> int:
    """Replaces a producer's cases by those of its lines; all or none."""
    keys = vector.load_keys(corpus)
    vectors = [case for line in lines for case in cases_of(line, stores, keys)]
    replace(producer, vectors, corpus)
    return len(vectors)


def replace(producer: str, vectors: list, corpus: Path = vector.CORPUS) -> None:
    if not vectors:
        raise ValueError(f"{producer} made no case")
    with tempfile.TemporaryDirectory(dir=corpus, prefix=".") as scratch:
        for made in vectors:
            vector.write(Path(scratch) / producer, made)
        target = corpus / producer
        if target.exists():
            shutil.rmtree(target)
        (Path(scratch) / producer).rename(target)
