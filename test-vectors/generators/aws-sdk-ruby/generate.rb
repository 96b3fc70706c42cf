# Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0
# frozen_string_literal: true

# Writes what Aws::S3::Encryption::Client and Aws::S3::EncryptionV2::Client write.

require 'aws-sdk-kms'
require 'aws-sdk-s3'
require 'base64'
require 'digest'
require 'json'
require 'openssl'

STDOUT.set_encoding(Encoding::UTF_8)

BUCKET = ENV.fetch('KW_BUCKET')
KEYS = JSON.parse(File.read(ENV.fetch('KW_KEYS')))
COMMON = { region: 'eu-central-1', access_key_id: 'any', secret_access_key: 'any' }.freeze
S3 = Aws::S3::Client.new(endpoint: ENV.fetch('KW_S3'), force_path_style: true, **COMMON)
KMS = Aws::KMS::Client.new(endpoint: ENV.fetch('KW_KMS'), **COMMON)
SOME_SIZES = [0, 17, 1000].freeze
ALL_SIZES = [0, 1, 15, 16, 17, 33, 1000, 65_536, 5_242_883].freeze
AES = %w[aes-128-a aes-192-a aes-256-a].freeze
RSA = %w[rsa-2048-a rsa-3072-a rsa-4096-a].freeze
ASCII = { 'team' => 'blue/green', 'rotation' => '2026-11 "q4" + 1' }.freeze
BEYOND_ASCII = { 'équipe' => 'Größe 漢字 🔒', 'plain' => 'yes' }.freeze

# One of the two clients: what it writes under each kind of key.
Way = Struct.new(:short, :sdk, :second) do
  def shape(key)
    return ['V2', '0x0072', { 'aes' => 'AES/GCM', 'rsa' => 'RSA-OAEP-SHA1', 'kms' => 'kms+context' }[key[0, 3]]] if second

    { 'aes' => %w[V1 0x0070 AES], 'rsa' => %w[V1 0x0070 RSA], 'kms' => %w[V2 0x0070 kms] }[key[0, 3]]
  end

  def client(key, description, location, suffix)
    options = {
      client: S3,
      envelope_location: location == 'metadata' ? :metadata : :instruction_file,
      instruction_file_suffix: suffix
    }
    if key.start_with?('kms')
      options.update(kms_key_id: KEYS[key]['keyId'], kms_client: KMS)
    else
      options[:key_provider] = Provider.new(master_key(key), JSON.generate(description), second)
    end
    return Aws::S3::Encryption::Client.new(**options) unless second

    Aws::S3::EncryptionV2::Client.new(
      **options,
      key_wrap_schema: { 'aes' => :aes_gcm, 'rsa' => :rsa_oaep_sha1, 'kms' => :kms_context }[key[0, 3]],
      content_encryption_schema: :aes_gcm_no_padding,
      security_profile: :v2
    )
  end

  def master_key(key)
    key.start_with?('aes') ? Base64.decode64(KEYS[key]['key']) : OpenSSL::PKey::RSA.new(Base64.decode64(KEYS[key]['pkcs8']))
  end
end

# One key and its description.
class Provider
  attr_reader :encryption_materials

  def initialize(key, description, second)
    materials = second ? Aws::S3::EncryptionV2::Materials : Aws::S3::Encryption::Materials
    @encryption_materials = materials.new(key: key, description: description)
  end

  def key_for(_description)
    @encryption_materials.key
  end
end

def plaintext(seed, size)
  blocks = (0...(size + 31) / 32).map { |i| Digest::SHA256.digest(seed + [i].pack('Q>')) }
  blocks.join.byteslice(0, size)
end

def put(way, key, location, sizes, map: {}, more: nil, suffix: '.instruction')
  format, suite, wrap = way.shape(key)
  kms = key.start_with?('kms')
  client = way.client(key, map, location, suffix)
  sizes.each do |size|
    id = [way.short, format, suite[2..], wrap.gsub(/[^A-Za-z0-9]/, ''), key.delete('-'), location, more, size].compact.join('-')
    request = { bucket: BUCKET, key: id, body: plaintext(id.b, size) }
    request[:kms_encryption_context] = map if kms && way.second
    client.put_object(**request)
    line = {
      id: id, object: id, comment: "Put by #{way.sdk}, #{wrap} under #{key}#{', described' unless map.empty?}, #{size} bytes.",
      producer: { sdk: way.sdk, version: Aws::S3::GEM_VERSION, script: 'generators/aws-sdk-ruby' },
      format: format, suite: suite, wrap: wrap, location: location, key: key, flags: [],
      plaintext: { prng: 'sha256-counter', seed: id, bytes: size }
    }
    line[kms ? :encryptionContext : :materialsDescription] = map unless map.empty?
    line[:instructionSuffix] = suffix unless suffix == '.instruction'
    puts JSON.generate(line)
  end
end

[
  Way.new('ruby1', 'AWS SDK for Ruby Encryption', false),
  Way.new('ruby2', 'AWS SDK for Ruby EncryptionV2', true)
].each do |way|
  %w[metadata instruction].each do |location|
    (AES + RSA + ['kms-a']).each do |key|
      put(way, key, location, key == 'aes-256-a' && location == 'metadata' ? ALL_SIZES : SOME_SIZES)
    end
    described = ['aes-256-a', 'rsa-2048-a']
    described << 'kms-a' if way.second # the first client has no context but its own
    described.each do |key|
      put(way, key, location, [17], map: ASCII, more: 'ascii')
      put(way, key, location, [17], map: BEYOND_ASCII, more: 'beyond-ascii')
    end
  end
  ['aes-256-a', 'rsa-2048-a', 'kms-a'].each do |key|
    put(way, key, 'instruction', [33], more: 'suffix', suffix: '.envelope')
  end
end
