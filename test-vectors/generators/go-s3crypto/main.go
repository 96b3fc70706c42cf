// Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0

// Writes objects with both clients of aws-sdk-go's s3crypto, and prints a line for each.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go/aws"
	"github.com/aws/aws-sdk-go/aws/credentials"
	"github.com/aws/aws-sdk-go/aws/session"
	"github.com/aws/aws-sdk-go/service/kms"
	"github.com/aws/aws-sdk-go/service/s3"
	"github.com/aws/aws-sdk-go/service/s3/s3crypto"
)

const (
	gcm           = "0x0072"
	cbc           = "0x0070"
	key           = "kms-a"
	defaultSuffix = ".instruction"
)

var (
	allSizes  = []int{0, 1, 15, 16, 17, 33, 1000, 65536, 5242883}
	someSizes = []int{0, 17, 1000}
)

type recipe struct {
	Prng  string `json:"prng"`
	Seed  string `json:"seed"`
	Bytes int    `json:"bytes"`
}

type producer struct {
	Sdk     string `json:"sdk"`
	Version string `json:"version"`
	Script  string `json:"script"`
}

type line struct {
	Id                string            `json:"id"`
	Object            string            `json:"object"`
	Comment           string            `json:"comment"`
	Producer          producer          `json:"producer"`
	Format            string            `json:"format"`
	Suite             string            `json:"suite"`
	Wrap              string            `json:"wrap"`
	Location          string            `json:"location"`
	InstructionSuffix string            `json:"instructionSuffix,omitempty"`
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

// A put writes one object with one of the two clients, saving its envelope as told.
type put func(object string, body []byte, save s3crypto.SaveStrategy) error

type servers struct {
	session *session.Session
	kms     *kms.KMS
	bucket  string
	keyId   string
	alias   string
}

func connect() (*servers, error) {
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
	text, err := os.ReadFile(os.Getenv("KW_KEYS"))
	if err != nil {
		return nil, err
	}
	var keys map[string]struct {
		KeyId   string   `json:"keyId"`
		Aliases []string `json:"aliases"`
	}
	if err := json.Unmarshal(text, &keys); err != nil {
		return nil, err
	}
	return &servers{
		session: shared,
		kms:     kms.New(shared, &aws.Config{Endpoint: aws.String(os.Getenv("KW_KMS"))}),
		bucket:  os.Getenv("KW_BUCKET"),
		keyId:   keys[key].KeyId,
		alias:   keys[key].Aliases[0],
	}, nil
}

func (at *servers) input(object string, body []byte) *s3.PutObjectInput {
	return &s3.PutObjectInput{Bucket: &at.bucket, Key: &object, Body: bytes.NewReader(body)}
}

func description(entries map[string]string) s3crypto.MaterialDescription {
	return s3crypto.MaterialDescription(aws.StringMap(entries))
}

// firstGeneration writes with EncryptionClient, whose wrap is kms.
func (at *servers) firstGeneration(keyId string, entries map[string]string, padder s3crypto.Padder) put {
	return func(object string, body []byte, save s3crypto.SaveStrategy) error {
		generator := s3crypto.NewKMSKeyGeneratorWithMatDesc(at.kms, keyId, description(entries))
		builder := s3crypto.AESGCMContentCipherBuilder(generator)
		if padder != nil {
			builder = s3crypto.AESCBCContentCipherBuilder(generator, padder)
		}
		client := s3crypto.NewEncryptionClient(at.session, builder, func(c *s3crypto.EncryptionClient) { c.SaveStrategy = save })
		_, err := client.PutObject(at.input(object, body))
		return err
	}
}

// secondGeneration writes with EncryptionClientV2, whose wrap is kms+context.
func (at *servers) secondGeneration(entries map[string]string) put {
	return func(object string, body []byte, save s3crypto.SaveStrategy) error {
		generator := s3crypto.NewKMSContextKeyGenerator(at.kms, at.keyId, description(entries))
		builder := s3crypto.AESGCMContentCipherBuilderV2(generator)
		client, err := s3crypto.NewEncryptionClientV2(
			at.session, builder, func(o *s3crypto.EncryptionClientOptions) { o.SaveStrategy = save })
		if err != nil {
			return err
		}
		_, err = client.PutObject(at.input(object, body))
		return err
	}
}

// A combination is written in each of its sizes.
type combination struct {
	client  string // v1 or v2
	variant string
	about   string
	suite   string
	wrap    string
	suffix  string // of the instruction file; empty: in metadata
	context map[string]string
	sizes   []int
	put     put
}

func (at *servers) write(c combination, size int) error {
	location, inWords := "metadata", "in metadata"
	var save s3crypto.SaveStrategy = s3crypto.HeaderV2SaveStrategy{}
	if c.suffix != "" {
		location, inWords = "instruction", "in an instruction file"
		save = s3crypto.S3SaveStrategy{Client: s3.New(at.session), InstructionFileSuffix: c.suffix}
	}
	sdk := "aws-sdk-go s3crypto EncryptionClient"
	if c.client == "v2" {
		sdk += "V2"
	}
	id := fmt.Sprintf("go-s3crypto-%s-V2-%s-%s-%s-%s-%d",
		c.client, c.suite, strings.ReplaceAll(c.wrap, "+", ""), location, c.variant, size)
	l := line{
		Id: id, Object: id,
		Comment:           fmt.Sprintf("%s, %s, envelope %s, %d bytes.", c.wrap, c.about, inWords, size),
		Producer:          producer{sdk, aws.SDKVersion, "generators/go-s3crypto/main.go"},
		Format:            "V2",
		Suite:             c.suite,
		Wrap:              c.wrap,
		Location:          location,
		Key:               key,
		EncryptionContext: c.context,
		Plaintext:         recipe{"sha256-counter", id, size},
		Flags:             []string{},
	}
	if c.suffix != "" && c.suffix != defaultSuffix {
		l.InstructionSuffix = c.suffix
	}
	if err := c.put(id, plaintextOf(l.Plaintext), save); err != nil {
		return fmt.Errorf("%s: %w", id, err)
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(l)
}

func main() {
	at, err := connect()
	if err != nil {
		log.Fatal(err)
	}
	ascii := map[string]string{"department": "finance", "a \"quoted\" <name>": "x/y+z=&"}
	beyond := map[string]string{"stadt": "Zürich", "鍵": "å漢🔒"}

	var all []combination
	for _, suffix := range []string{"", defaultSuffix} {
		all = append(all,
			combination{"v1", "none", "GCM content", gcm, "kms", suffix, nil, someSizes,
				at.firstGeneration(at.keyId, nil, nil)},
			combination{"v1", "ascii", "GCM content, more entries in the context", gcm, "kms", suffix, nil, someSizes,
				at.firstGeneration(at.keyId, ascii, nil)},
			combination{"v1", "beyond-ascii", "GCM content, entries beyond ASCII", gcm, "kms", suffix, nil, someSizes,
				at.firstGeneration(at.keyId, beyond, nil)},
			combination{"v1", "alias", "GCM content, the key named by its alias", gcm, "kms", suffix, nil, someSizes,
				at.firstGeneration(at.alias, nil, nil)},
			combination{"v1", "none", "CBC content", cbc, "kms", suffix, nil, someSizes,
				at.firstGeneration(at.keyId, nil, s3crypto.AESCBCPadder)},
			combination{"v1", "ascii", "CBC content, more entries in the context", cbc, "kms", suffix, nil, someSizes,
				at.firstGeneration(at.keyId, ascii, s3crypto.AESCBCPadder)},
			combination{"v1", "pkcs7padder", "CBC content, called AES/CBC/PKCS7Padding", cbc, "kms", suffix, nil, someSizes,
				at.firstGeneration(at.keyId, nil, s3crypto.NewPKCS7Padder(16))},
			combination{"v2", "ascii", "context of two entries", gcm, "kms+context", suffix, ascii, someSizes,
				at.secondGeneration(ascii)},
			combination{"v2", "beyond-ascii", "context beyond ASCII", gcm, "kms+context", suffix, beyond, someSizes,
				at.secondGeneration(beyond)},
		)
	}
	all = append(all,
		combination{"v2", "none", "no context", gcm, "kms+context", "", nil, allSizes, at.secondGeneration(nil)},
		combination{"v2", "none", "no context", gcm, "kms+context", defaultSuffix, nil, someSizes, at.secondGeneration(nil)},
		combination{"v1", "suffix", "GCM content, custom suffix", gcm, "kms", ".envelope", nil, someSizes,
			at.firstGeneration(at.keyId, nil, nil)},
		combination{"v2", "suffix", "custom suffix", gcm, "kms+context", "-envelope", nil, someSizes, at.secondGeneration(nil)},
	)
	for _, c := range all {
		for _, size := range c.sizes {
			if err := at.write(c, size); err != nil {
				log.Fatal(err)
			}
		}
	}
}
