// Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0

// Writes and reads objects with the second generation of aws-sdk-go's s3crypto clients, a task for each line of standard
// input.
package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"log"
	"os"

	"github.com/aws/aws-sdk-go/aws"
	"github.com/aws/aws-sdk-go/aws/credentials"
	"github.com/aws/aws-sdk-go/aws/session"
	"github.com/aws/aws-sdk-go/service/kms"
	"github.com/aws/aws-sdk-go/service/s3"
	"github.com/aws/aws-sdk-go/service/s3/s3crypto"
)

type clients struct {
	session *session.Session
	kms     *kms.KMS
	bucket  string
}

func connect() (*clients, error) {
	shared, err := session.NewSession(&aws.Config{
		Region:           aws.String("eu-central-1"),
		Credentials:      credentials.NewStaticCredentials("loopback", "loopback", ""),
		Endpoint:         aws.String(os.Getenv("KW_S3")),
		S3ForcePathStyle: aws.Bool(true),
		MaxRetries:       aws.Int(0),
	})
	if err != nil {
		return nil, err
	}
	kmsClient := kms.New(shared, &aws.Config{Endpoint: aws.String(os.Getenv("KW_KMS"))})
	return &clients{shared, kmsClient, os.Getenv("KW_BUCKET")}, nil
}

func (c *clients) write(task map[string]string) error {
	var context map[string]string
	if err := json.Unmarshal([]byte(task["text"]), &context); err != nil {
		return err
	}
	body, err := os.ReadFile(task["plaintext"])
	if err != nil {
		return err
	}
	generator := s3crypto.NewKMSContextKeyGenerator(
		c.kms, task["key"], s3crypto.MaterialDescription(aws.StringMap(context)))
	client, err := s3crypto.NewEncryptionClientV2(
		c.session, s3crypto.AESGCMContentCipherBuilderV2(generator),
		func(o *s3crypto.EncryptionClientOptions) {
			if task["location"] == "instruction" {
				o.SaveStrategy = s3crypto.S3SaveStrategy{Client: s3.New(c.session)}
			}
		})
	if err != nil {
		return err
	}
	_, err = client.PutObject(&s3.PutObjectInput{
		Bucket: &c.bucket, Key: aws.String(task["object"]), Body: bytes.NewReader(body),
	})
	return err
}

// read takes no context from its caller: this client sends the stored one to KMS.
func (c *clients) read(task map[string]string) (string, error) {
	registry := s3crypto.NewCryptoRegistry()
	if err := s3crypto.RegisterKMSContextWrapWithCMK(registry, c.kms, task["key"]); err != nil {
		return "", err
	}
	if err := s3crypto.RegisterAESGCMContentCipher(registry); err != nil {
		return "", err
	}
	client, err := s3crypto.NewDecryptionClientV2(c.session, registry)
	if err != nil {
		return "", err
	}
	object, err := client.GetObject(&s3.GetObjectInput{Bucket: &c.bucket, Key: aws.String(task["object"])})
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

func (c *clients) done(task map[string]string) map[string]string {
	answer := map[string]string{"task": task["task"]}
	var err error
	if task["do"] == "write" {
		err = c.write(task)
	} else {
		answer["sha256"], err = c.read(task)
	}
	if err != nil {
		return map[string]string{"task": task["task"], "failed": err.Error()}
	}
	return answer
}

func main() {
	c, err := connect()
	if err != nil {
		log.Fatal(err)
	}
	out := json.NewEncoder(os.Stdout)
	if err := out.Encode(map[string]string{"sdk": "Go s3crypto V2 " + aws.SDKVersion}); err != nil {
		log.Fatal(err)
	}
	tasks := bufio.NewScanner(os.Stdin)
	for tasks.Scan() {
		var task map[string]string
		if err := json.Unmarshal(tasks.Bytes(), &task); err != nil {
			log.Fatal(err)
		}
		if err := out.Encode(c.done(task)); err != nil {
			log.Fatal(err)
		}
	}
	if err := tasks.Err(); err != nil {
		log.Fatal(err)
	}
}
