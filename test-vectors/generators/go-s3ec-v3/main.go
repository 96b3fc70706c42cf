// Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0

// Writes objects with the Amazon S3 Encryption Client for Go 3, and prints a line for each.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"runtime/debug"

	"github.com/aws/amazon-s3-encryption-client-go/v3/client"
	"github.com/aws/amazon-s3-encryption-client-go/v3/materials"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

const (
	module = "github.com/aws/amazon-s3-encryption-client-go/v3"
	key    = "kms-a"
)

type recipe struct {
	Prng  string `json:"prng"`
	Seed  string `json:"seed"`
	Bytes int    `json:"bytes"`
}

type line struct {
	Id                string            `json:"id"`
	Object            string            `json:"object"`
	Comment           string            `json:"comment"`
	Producer          map[string]string `json:"producer"`
	Format            string            `json:"format"`
	Suite             string            `json:"suite"`
	Wrap              string            `json:"wrap"`
	Location          string            `json:"location"`
	Key               string            `json:"key"`
	EncryptionContext map[string]string `json:"encryptionContext,omitempty"`
	Plaintext         recipe            `json:"plaintext"`
	Flags             []string          `json:"flags"`
}

// plaintextOf makes the corpus's recipe "sha256-counter".
func plaintextOf(r recipe) []byte {
	var out []byte
	for i := uint64(0); len(out) < r.Bytes; i++ {
		block := sha256.Sum256(binary.BigEndian.AppendUint64([]byte(r.Seed), i))
		out = append(out, block[:]...)
	}
	return out[:r.Bytes]
}

// masterKey is the key of this name in keys.json: its ARN and its first alias.
func masterKey() (string, string, error) {
	text, err := os.ReadFile(os.Getenv("KW_KEYS"))
	if err != nil {
		return "", "", err
	}
	var keys map[string]struct {
		KeyId   string   `json:"keyId"`
		Aliases []string `json:"aliases"`
	}
	if err := json.Unmarshal(text, &keys); err != nil {
		return "", "", err
	}
	return keys[key].KeyId, keys[key].Aliases[0], nil
}

func connect(keyId string) (*client.S3EncryptionClientV3, error) {
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
	return client.New(plain, manager)
}

// version is that of the linked module, not one written down here.
func version() (string, error) {
	info, ok := debug.ReadBuildInfo()
	if ok {
		for _, dependency := range info.Deps {
			if dependency.Path == module {
				return dependency.Version[1:], nil
			}
		}
	}
	return "", errors.New("the program does not know the version of " + module)
}

// A combination is written in each of its sizes.
type combination struct {
	variant string
	about   string
	keyId   string
	context map[string]string
	sizes   []int
}

func write(c combination, size int, version string) error {
	id := fmt.Sprintf("go-s3ec-v3-V2-0x0072-kmscontext-metadata-%s-%d", c.variant, size)
	l := line{
		Id: id, Object: id,
		Comment: fmt.Sprintf("kms+context, %s, %d bytes.", c.about, size),
		Producer: map[string]string{
			"sdk": "amazon-s3-encryption-client-go v3", "version": version, "script": "generators/go-s3ec-v3/main.go",
		},
		Format:            "V2",
		Suite:             "0x0072",
		Wrap:              "kms+context",
		Location:          "metadata",
		Key:               key,
		EncryptionContext: c.context,
		Plaintext:         recipe{"sha256-counter", id, size},
		Flags:             []string{},
	}
	encrypting, err := connect(c.keyId)
	if err != nil {
		return err
	}
	ctx := context.Background()
	if c.context != nil {
		// The client looks its context up under this untyped name.
		ctx = context.WithValue(ctx, client.EncryptionContext, c.context)
	}
	_, err = encrypting.PutObject(ctx, &s3.PutObjectInput{
		Bucket: aws.String(os.Getenv("KW_BUCKET")), Key: &id, Body: bytes.NewReader(plaintextOf(l.Plaintext)),
	})
	if err != nil {
		return fmt.Errorf("%s: %w", id, err)
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(l)
}

func main() {
	keyId, alias, err := masterKey()
	if err != nil {
		log.Fatal(err)
	}
	linked, err := version()
	if err != nil {
		log.Fatal(err)
	}
	ascii := map[string]string{"department": "finance", "a \"quoted\" <name>": "x/y+z=&"}
	beyond := map[string]string{"stadt": "Zürich", "鍵": "å漢🔒"}
	someSizes := []int{0, 17, 1000}
	for _, c := range []combination{
		{"none", "no context", keyId, nil, []int{0, 1, 15, 16, 17, 33, 1000, 65536, 5242883}},
		{"ascii", "context of two entries", keyId, ascii, someSizes},
		{"beyond-ascii", "context beyond ASCII", keyId, beyond, someSizes},
		{"alias", "the key named by its alias", alias, nil, someSizes},
	} {
		for _, size := range c.sizes {
			if err := write(c, size, linked); err != nil {
				log.Fatal(err)
			}
		}
	}
}
