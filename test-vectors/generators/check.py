# Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0
"""Checks the whole corpus with the reference reader, and writes its summary, corpus.json.

Every good case must open to its plaintext, and be refused by policy with any one of its permissions withdrawn; every bad
one must be refused in the layer it names; every flag must be explained, every derivation known; ids are unique.
"""

import base64
import hashlib
import json
import sys
from pathlib import Path

import reference
import sealing
import vector
from vector import REQUIRE_DECRYPT, b64

MOST_BYTES = 12 << 20
LICENCE = "Apache-2.0"


def body_from(keys: dict):
    """Makes bodies that were left out, and proves them by their hash."""

    def make(case, meta, instruction):
        made = case["bodyFrom"]
        envelope = reference.envelope_of(meta, instruction, keys[case["key"]])
        plaintext = vector.from_recipe(made["plaintextFrom"])
        body = sealing.seal_content(envelope.suite, base64.b64decode(made["dataKey"]), envelope.iv, plaintext)
        if hashlib.sha256(body).hexdigest() != made["sha256"] or made.get("tag", b64(body[-16:])) != b64(body[-16:]):
            raise ValueError(f"{case['id']}: its recipe makes another body")
        return body

    return make


def outcome(made: vector.Vector, keys: dict, policy: dict):
    """Layer and plaintext."""
    case = made.case
    try:
        plaintext = reference.open_object(
            made.meta,
            made.instruction,
            made.body,
            keys[case["key"]],
            case.get("kms"),
            case.get("materialsDescription"),
            case.get("encryptionContext"),
            policy,
        )
    except reference.Refused as e:
        return e.layer, None
    return "success", plaintext


def problems(made: vector.Vector, keys: dict, flags: dict) -> list:
    case, found = made.case, []
    layer, plaintext = outcome(made, keys, case["policy"])
    if layer != case["expect"] and layer not in case.get("alsoAllowed", ()):
        found.append(f"ended in {layer}, wanted {case['expect']}")
    unexplained = set(case["flags"]) - set(flags)
    if unexplained:
        found.append(f"flags without an explanation: {unexplained}")
    if case["expect"] == "success":
        if layer == "success" and plaintext != vector.plaintext_of(case):
            found.append("opened to another plaintext")
        for part in case.get("ranges", ()):
            found += _range_problems(part, plaintext)
        for withdrawn in withdrawals(case["policy"]):
            layer, _ = outcome(made, keys, withdrawn)
            if layer != "policy":
                found.append(f"with {withdrawn} ended in {layer}")
    elif ("derivedFrom" in case) != ("fault" in case) or "plaintext" in case:
        found.append("a bad case needs derivedFrom and fault, and has no plaintext")
    return [f"{case['id']}: {problem}" for problem in found]


def _range_problems(part: dict, plaintext: bytes) -> list:
    first, last = part["range"].removeprefix("bytes=").split("-")
    if "status" in part:
        return [] if int(first) >= len(plaintext) + 16 else [f"{part['range']} is there"]
    cut = plaintext[int(first) : int(last) + 1 if last else None] if first else plaintext[-int(last) :]
    right = len(cut) == part["bytes"] and hashlib.sha256(cut).hexdigest() == part["sha256"]
    return [] if right else [f"{part['range']} is something else"]


def withdrawals(policy: dict) -> list:
    """The policy with each permission that it has withdrawn in turn."""
    all_of_them = [{**policy, name: False} for name in ("legacyWrap", "legacyContent") if policy[name]]
    if policy["commitment"] != REQUIRE_DECRYPT:
        all_of_them.append({**policy, "commitment": REQUIRE_DECRYPT})
    return all_of_them


def producers(corpus: Path) -> list:
    return sorted(folder.name for folder in corpus.iterdir() if folder.is_dir() and not folder.name.startswith("."))


def load(corpus: Path, producer: str, keys: dict) -> list:
    make = body_from(keys)
    return [vector.read(directory, make) for directory in sorted((corpus / producer).iterdir())]


def check(corpus: Path = vector.CORPUS) -> list:
    keys, flags = vector.load_keys(corpus), json.loads((corpus / "flags.json").read_text("utf-8"))
    found, counts, ids, derived, used = [], {}, set(), set(), set()
    for producer in producers(corpus):
        cases = load(corpus, producer, keys)
        counts[producer] = len(cases)
        for made in cases:
            found += problems(made, keys, flags)
            if made.id in ids:
                found.append(f"{made.id}: twice")
            ids.add(made.id)
            used.update(made.case["flags"])
            derived.add(made.case.get("derivedFrom", made.id))
    found += [f"derived from {id}, which is not there" for id in sorted(derived - ids)]
    found += [f"flag {flag} is explained and not used" for flag in sorted(set(flags) - used)]
    size = sum(file.stat().st_size for file in corpus.rglob("*") if file.is_file())
    if size >= MOST_BYTES:
        found.append(f"{size} bytes in all")
    summary = {"schema": "corpus-1", "cases": sum(counts.values()), "producers": sorted(counts), "licence": LICENCE}
    (corpus / "corpus.json").write_text(json.dumps(summary, indent=2) + "\n", "utf-8")
    for producer, count in counts.items():
        print(f"{count:6} {producer}")
    print(f"{sum(counts.values()):6} cases, {size / 1e6:.1f} MB, {len(found)} problems")
    return found


if __name__ == "__main__":
    wrong = check()
    print("\n".join(wrong[:50]), file=sys.stderr)
    sys.exit(1 if wrong else 0)
