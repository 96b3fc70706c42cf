# Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0
"""Writes and reads objects with the Amazon S3 Encryption Client for Python, a task for each line of standard input."""

import functools
import hashlib
import json
import os
import sys
from importlib.metadata import version
from pathlib import Path

import boto3
from botocore.config import Config
from s3_encryption import S3EncryptionClient, S3EncryptionClientConfig
from s3_encryption.materials.kms_keyring import KmsKeyring
from s3_encryption.materials.materials import AlgorithmSuite, CommitmentPolicy

PACKAGE = "amazon-s3-encryption-client-python"
COMMITTING = AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY
# What is written, and the strictest policies to write and to read it.
FORMATS = {
    "V3": (COMMITTING, CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT, CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT),
    "V2": (
        AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF,
        CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT,
        CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT,
    ),
}


def plain_client(service: str, endpoint: str):
    return boto3.client(
        service, endpoint_url=os.environ[endpoint], region_name="eu-central-1",
        aws_access_key_id="loopback", aws_secret_access_key="loopback",
        config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
    )


@functools.cache
def encrypting_client(key_id: str, format_: str, do: str) -> S3EncryptionClient:
    suite, writing, reading = FORMATS[format_]
    config = S3EncryptionClientConfig(
        keyring=KmsKeyring(kms_client=plain_client("kms", "KW_KMS"), kms_key_id=key_id),
        encryption_algorithm=suite if do == "write" else COMMITTING,
        commitment_policy=writing if do == "write" else reading,
    )
    return S3EncryptionClient(wrapped_s3_client=plain_client("s3", "KW_S3"), config=config)


def done(task: dict) -> dict:
    client = encrypting_client(task["key"], task["format"], task["do"])
    context = json.loads(task["text"])
    named = {
        "Bucket": os.environ["KW_BUCKET"], "Key": task["object"], **({"EncryptionContext": context} if context else {})
    }
    if task["do"] == "write":
        client.put_object(Body=Path(task["plaintext"]).read_bytes(), **named)
        return {"task": task["task"]}
    plaintext = client.get_object(**named)["Body"].read()
    return {"task": task["task"], "sha256": hashlib.sha256(plaintext).hexdigest()}


def main() -> None:
    print(json.dumps({"sdk": f"S3EC Python {version(PACKAGE)}"}))
    for line in sys.stdin:
        task = json.loads(line)
        try:
            answer = done(task)
        except Exception as e:  # noqa: BLE001  (whatever the client raises is the answer)
            answer = {"task": task["task"], "failed": f"{type(e).__name__}: {e}"}
        print(json.dumps(answer), flush=True)


main()
