# Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0
"""Writes objects with aioboto3's S3CSE, and prints a line for each."""

import asyncio
import base64
import hashlib
import json
import os
from importlib.metadata import version

from aioboto3.s3.cse import AsymmetricCryptoContext, KMSCryptoContext, S3CSE, SymmetricCryptoContext

ALL_SIZES = (0, 1, 15, 16, 17, 33, 1000, 65536, 5 * 1024 * 1024 + 3)
SOME_SIZES = (0, 17, 1000)
CREDENTIALS = {"region_name": "eu-central-1", "aws_access_key_id": "loopback", "aws_secret_access_key": "loopback"}


def plaintext_of(recipe: dict) -> bytes:
    """The corpus's recipe "sha256-counter"."""
    seed, size = recipe["seed"].encode("utf-8"), recipe["bytes"]
    blocks = (hashlib.sha256(seed + i.to_bytes(8, "big")).digest() for i in range(size // 32 + 1))
    return b"".join(blocks)[:size]


def kms_context(key_id: str, authenticated: bool) -> KMSCryptoContext:
    return KMSCryptoContext(
        keyid=key_id, kms_client_args={"endpoint_url": os.environ["KW_KMS"], **CREDENTIALS},
        authenticated_encryption=authenticated,
    )


def rsa_context(key: dict) -> AsymmetricCryptoContext:
    public = AsymmetricCryptoContext.from_der_public_key(base64.b64decode(key["spki"]))
    return AsymmetricCryptoContext(public_key=public)


def combinations(keys: dict):
    """Format, suite, wrap, key's name, variant, about, sizes, and what makes the crypto context."""
    for name in ("aes-256-a", "aes-192-a", "aes-128-a"):
        master = base64.b64decode(keys[name]["key"])
        sizes = ALL_SIZES if name == "aes-256-a" else SOME_SIZES
        yield "V1", "0x0070", "AES", name, name, "AES key", sizes, lambda m=master: SymmetricCryptoContext(m)
    for name in ("rsa-2048-a", "rsa-3072-a", "rsa-4096-a"):
        yield "V1", "0x0070", "RSA", name, name, "RSA key", SOME_SIZES, lambda k=keys[name]: rsa_context(k)
    for variant, key_id, about in (
        ("arn", keys["kms-a"]["keyId"], "the key named by its ARN"),
        ("alias", keys["kms-a"]["aliases"][0], "the key named by its alias"),
    ):
        sizes = ALL_SIZES if variant == "arn" else SOME_SIZES
        yield "V2", "0x0072", "kms", "kms-a", variant, about, sizes, lambda k=key_id: kms_context(k, True)
        yield "V2", "0x0070", "kms", "kms-a", variant, about, SOME_SIZES, lambda k=key_id: kms_context(k, False)


async def main() -> None:
    with open(os.environ["KW_KEYS"], encoding="utf-8") as file:
        keys = json.load(file)
    storage = {"endpoint_url": os.environ["KW_S3"], **CREDENTIALS}
    for format_, suite, wrap, key, variant, about, sizes, crypto_context in combinations(keys):
        async with S3CSE(crypto_context(), s3_client_args=storage) as client:
            for size in sizes:
                case_id = f"aioboto3-{format_}-{suite}-{wrap}-metadata-{variant}-{size}"
                recipe = {"prng": "sha256-counter", "seed": case_id, "bytes": size}
                await client.put_object(Body=plaintext_of(recipe), Bucket=os.environ["KW_BUCKET"], Key=case_id)
                line = {
                    "id": case_id,
                    "object": case_id,
                    "comment": f"{wrap} wrap, {about}, {size} bytes.",
                    "producer": {
                        "sdk": "aioboto3 S3CSE", "version": version("aioboto3"), "script": "generators/aioboto3/write.py"
                    },
                    "format": format_,
                    "suite": suite,
                    "wrap": wrap,
                    "location": "metadata",
                    "key": key,
                    "plaintext": recipe,
                    "flags": [],
                }
                print(json.dumps(line), flush=True)


asyncio.run(main())
