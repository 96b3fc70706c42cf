// Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0

// Writes and reads objects with the Amazon S3 Encryption Client for Go 3, a task for each line of standard input.
package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"log"
	"os"
	"runtime/debug"

	"github.com/aws/amazon-s3-encryption-client-go/v3/client"
	"github.com/aws/amazon-s3-encryption-client-go/v3/commitment"
	"github.com/aws/amazon-s3-encryption-client-go/v3/materials"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

const module = "github.com/aws/amazon-s3-encryption-client-go/v3"

func connect(keyId string, policy commitment.CommitmentPolicy) (*client.S3EncryptionClientV3, error) {
	// The SDK's own retries stay on: now and then its HTTP client closes a connection while it reads KMS's answer.
	config := aws.Config{
		Region:      "eu-central-1",
		Credentials: credentials.NewStaticCredentialsProvider("loopback", "loopback", ""),
	}
	plain := s3.NewFromConfig(config, func(o *s3.Options) {
		o.BaseEndpoint = aws.String(os.Getenv("KW_S3"))
		o.UsePathStyle = true
	})
	kmsClient := kms.NewFromConfig(config, func(o *kms.Options) { o.BaseEndpoint = aws.String(os.Getenv("KW_KMS")) })
	manager, err := materials.NewCryptographicMaterialsManager(materials.NewKmsKeyring(kmsClient, keyId))
	if err != nil {
		return nil, err
	}
	return client.New(plain, manager, func(o *client.EncryptionClientOptions) { o.CommitmentPolicy = policy })
}

// withContext puts the encryption context where the client looks for it.
func withContext(task map[string]string) (context.Context, error) {
	var entries map[string]string
	err := json.Unmarshal([]byte(task["text"]), &entries)
	return context.WithValue(context.Background(), client.EncryptionContext, entries), err
}

func write(task map[string]string) error {
	ctx, err := withContext(task)
	if err != nil {
		return err
	}
	body, err := os.ReadFile(task["plaintext"])
	if err != nil {
		return err
	}
	encrypting, err := connect(task["key"], commitment.FORBID_ENCRYPT_ALLOW_DECRYPT)
	if err != nil {
		return err
	}
	_, err = encrypting.PutObject(ctx, &s3.PutObjectInput{
		Bucket: aws.String(os.Getenv("KW_BUCKET")), Key: aws.String(task["object"]), Body: bytes.NewReader(body),
	})
	return err
}

func read(task map[string]string) (string, error) {
	ctx, err := withContext(task)
	if err != nil {
		return "", err
	}
	policy := commitment.REQUIRE_ENCRYPT_ALLOW_DECRYPT
	if task["format"] == "V3" {
		policy = commitment.REQUIRE_ENCRYPT_REQUIRE_DECRYPT
	}
	decrypting, err := connect(task["key"], policy)
	if err != nil {
		return "", err
	}
	object, err := decrypting.GetObject(ctx, &s3.GetObjectInput{
		Bucket: aws.String(os.Getenv("KW_BUCKET")), Key: aws.String(task["object"]),
	})
	if err != nil {
		return "", err
	}
	defer object.Body.Close()
	digest := sha256.New()
	if _, err := io.Copy(digest, object.Body); err != nil {
		return "", err
	}
	return hex.EncodeToString(digest.Sum(nil)), nil
}

func done(task map[string]string) map[string]string {
	answer := map[string]string{"task": task["task"]}
	var err error
	if task["do"] == "write" {
		err = write(task)
	} else {
		answer["sha256"], err = read(task)
	}
	if err != nil {
		return map[string]string{"task": task["task"], "failed": err.Error()}
	}
	return answer
}

// version is that of the linked module, not one written down here.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dependency := range info.Deps {
			if dependency.Path == module {
				return dependency.Version
			}
		}
	}
	return "of unknown version"
}

func main() {
	out := json.NewEncoder(os.Stdout)
	if err := out.Encode(map[string]string{"sdk": "S3EC Go " + version()}); err != nil {
		log.Fatal(err)
	}
	tasks := bufio.NewScanner(os.Stdin)
	for tasks.Scan() {
		var task map[string]string
		if err := json.Unmarshal(tasks.Bytes(), &task); err != nil {
			log.Fatal(err)
		}
		if err := out.Encode(done(task)); err != nil {
			log.Fatal(err)
		}
	}
	if err := tasks.Err(); err != nil {
		log.Fatal(err)
	}
}
