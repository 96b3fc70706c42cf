# Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0
"""Writes objects with the Amazon S3 Encryption Client for Python 4, and prints a line for each."""

import hashlib
import io
import json
import os
from importlib.metadata import version

import boto3
from botocore.config import Config
from s3_encryption import S3EncryptionClient, S3EncryptionClientConfig
from s3_encryption.materials.kms_keyring import KmsKeyring
from s3_encryption.materials.materials import AlgorithmSuite, CommitmentPolicy

BUCKET = os.environ["KW_BUCKET"]
KEY = "kms-a"
PACKAGE = "amazon-s3-encryption-client-python"
MIB = 1024 * 1024
ALL_SIZES = (0, 1, 15, 16, 17, 33, 1000, 65536, 5 * MIB + 3)
SOME_SIZES = (0, 17, 1000)
ASCII = {"department": "finance", 'a "quoted" <name>': "x/y+z=&"}
FORMATS = {
    "V3": ("0x0073", AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY, CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT),
    "V2": ("0x0072", AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF, CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT),
}


def plaintext_of(recipe: dict) -> bytes:
    """The corpus's recipe "sha256-counter"."""
    seed, size = recipe["seed"].encode("utf-8"), recipe["bytes"]
    blocks = (hashlib.sha256(seed + i.to_bytes(8, "big")).digest() for i in range(size // 32 + 1))
    return b"".join(blocks)[:size]


def plain_client(service: str, endpoint: str):
    return boto3.client(
        service, endpoint_url=os.environ[endpoint], region_name="eu-central-1",
        aws_access_key_id="loopback", aws_secret_access_key="loopback",
        config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
    )


def encrypting_client(key_id: str, suite: AlgorithmSuite, policy: CommitmentPolicy) -> S3EncryptionClient:
    keyring = KmsKeyring(kms_client=plain_client("kms", "KW_KMS"), kms_key_id=key_id)
    config = S3EncryptionClientConfig(keyring=keyring, encryption_algorithm=suite, commitment_policy=policy)
    return S3EncryptionClient(wrapped_s3_client=plain_client("s3", "KW_S3"), config=config)


def write(format_: str, key_id: str, variant: str, about: str, context: dict, size: int, multipart: bool = False) -> None:
    suite_id, suite, policy = FORMATS[format_]
    case_id = f"python-s3ec-{format_}-{suite_id}-kmscontext-metadata-{variant}-{size}"
    recipe = {"prng": "sha256-counter", "seed": case_id, "bytes": size}
    client = encrypting_client(key_id, suite, policy)
    more = {"EncryptionContext": context} if context else {}
    body = plaintext_of(recipe)
    if multipart:
        client.upload_fileobj(io.BytesIO(body), BUCKET, case_id, multipart_chunksize=5 * MIB, **more)
    else:
        client.put_object(Bucket=BUCKET, Key=case_id, Body=body, **more)
    line = {
        "id": case_id,
        "object": case_id,
        "comment": f"kms+context, {about}, {size} bytes.",
        "producer": {"sdk": PACKAGE, "version": version(PACKAGE), "script": "generators/python-s3ec/write.py"},
        "format": format_,
        "suite": suite_id,
        "wrap": "kms+context",
        "location": "metadata",
        "key": KEY,
        **({"encryptionContext": context} if context else {}),
        "plaintext": recipe,
        "flags": [],
    }
    print(json.dumps(line), flush=True)


def main() -> None:
    with open(os.environ["KW_KEYS"], encoding="utf-8") as file:
        key = json.load(file)[KEY]
    for format_ in FORMATS:
        for size in ALL_SIZES:
            write(format_, key["keyId"], "none", "no context", {}, size)
        for size in SOME_SIZES:
            write(format_, key["keyId"], "ascii", "context of two entries", ASCII, size)
            write(format_, key["aliases"][0], "alias", "the key named by its alias", {}, size)
        write(format_, key["keyId"], "multipart", "uploaded in three parts", ASCII, 10 * MIB + 17, multipart=True)
        write(format_, key["keyId"], "multipart", "uploaded in one part", {}, 17, multipart=True)


main()
