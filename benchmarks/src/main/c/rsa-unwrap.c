/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
/*
 * How many RSA-OAEP decryptions a second a PKCS#11 token does when a C program asks it, one after the other: the limit for
 * unwrapping. Usage: rsa-unwrap MODULE TOKEN-LABEL KEY-LABEL PIN-FILE MILLIS
 *
 * Prints ops=, wallNanos= and cpuNanos= (of the process) of the measured loop, which runs after a warm-up of a quarter of its time. Names and numbers are those
 * of the PKCS #11 specification, 2.40; the functions are looked up by name, as modules export them.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef unsigned char byte;
typedef unsigned long ulong_t;

enum { USER = 1, SERIAL_SESSION = 4 };
enum { CLASS = 0x0, LABEL = 0x3, PUBLIC_KEY = 2, PRIVATE_KEY = 3 };
enum { RSA_PKCS_OAEP = 0x9, SHA_1 = 0x220, MGF1_SHA1 = 1, DATA_SPECIFIED = 1 };
enum { LABEL_BYTES = 32, DATA_KEY_BYTES = 32, MAX_SLOTS = 64, MAX_RSA_BYTES = 1024, MAX_PIN_BYTES = 256 };

struct mechanism {
  ulong_t type;
  void *parameter;
  ulong_t parameter_bytes;
};

struct oaep {
  ulong_t hash;
  ulong_t mgf;
  ulong_t source;
  void *source_data;
  ulong_t source_bytes;
};

struct attribute {
  ulong_t type;
  void *value;
  ulong_t bytes;
};

/* The label comes first; the rest is larger than any version of the structure. */
struct token_info {
  byte label[LABEL_BYTES];
  byte rest[1024];
};

typedef ulong_t one_handle(ulong_t, struct mechanism *, ulong_t);
typedef ulong_t transform(ulong_t, byte *, ulong_t, byte *, ulong_t *);

static void *module;

static void fail(const char *what, ulong_t code) {
  fprintf(stderr, "rsa-unwrap: %s (0x%lx)\n", what, code);
  exit(1);
}

static void *function(const char *name) {
  void *found = dlsym(module, name);
  if (!found) fail(name, 0);
  return found;
}

static void ok(const char *what, ulong_t code) {
  if (code) fail(what, code);
}

static ulong_t slot_of(const char *label) {
  ulong_t slots[MAX_SLOTS], count = MAX_SLOTS;
  ok("C_GetSlotList", ((ulong_t(*)(byte, ulong_t *, ulong_t *))function("C_GetSlotList"))(1, slots, &count));
  for (ulong_t i = 0; i < count; i++) {
    struct token_info info;
    char padded[LABEL_BYTES];
    size_t length = strlen(label) < LABEL_BYTES ? strlen(label) : LABEL_BYTES;
    memset(padded, ' ', LABEL_BYTES);
    memcpy(padded, label, length);
    ok("C_GetTokenInfo", ((ulong_t(*)(ulong_t, void *))function("C_GetTokenInfo"))(slots[i], &info));
    if (!memcmp(info.label, padded, LABEL_BYTES)) return slots[i];
  }
  fail("no such token", 0);
  return 0;
}

static ulong_t key(ulong_t session, ulong_t class, char *label) {
  struct attribute wanted[] = {{CLASS, &class, sizeof class}, {LABEL, label, strlen(label)}};
  ulong_t found = 0, count = 0;
  ok("C_FindObjectsInit", ((ulong_t(*)(ulong_t, void *, ulong_t))function("C_FindObjectsInit"))(session, wanted, 2));
  ok("C_FindObjects",
     ((ulong_t(*)(ulong_t, ulong_t *, ulong_t, ulong_t *))function("C_FindObjects"))(session, &found, 1, &count));
  ok("C_FindObjectsFinal", ((ulong_t(*)(ulong_t))function("C_FindObjectsFinal"))(session));
  if (!count) fail("no such key", class);
  return found;
}

static long long nanos(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static size_t read_pin(const char *file, byte *pin) {
  FILE *in = fopen(file, "rb");
  if (!in) fail("the file with the PIN can't be read", 0);
  size_t length = fread(pin, 1, MAX_PIN_BYTES, in);
  fclose(in);
  return length;
}

int main(int count, char **arguments) {
  if (count != 6) {
    fprintf(stderr, "usage: rsa-unwrap MODULE TOKEN-LABEL KEY-LABEL PIN-FILE MILLIS\n");
    return 2;
  }
  module = dlopen(arguments[1], RTLD_NOW);
  if (!module) fail(dlerror(), 0);
  ok("C_Initialize", ((ulong_t(*)(void *))function("C_Initialize"))(NULL));
  ulong_t session;
  ok("C_OpenSession",
     ((ulong_t(*)(ulong_t, ulong_t, void *, void *, ulong_t *))function("C_OpenSession"))(
         slot_of(arguments[2]), SERIAL_SESSION, NULL, NULL, &session));
  byte pin[MAX_PIN_BYTES];
  ok("C_Login",
     ((ulong_t(*)(ulong_t, ulong_t, byte *, ulong_t))function("C_Login"))(session, USER, pin, read_pin(arguments[4], pin)));
  memset(pin, 0, sizeof pin);

  struct oaep parameter = {SHA_1, MGF1_SHA1, DATA_SPECIFIED, NULL, 0};
  struct mechanism oaep = {RSA_PKCS_OAEP, &parameter, sizeof parameter};
  byte data_key[DATA_KEY_BYTES], wrapped[MAX_RSA_BYTES], opened[MAX_RSA_BYTES];
  for (int i = 0; i < DATA_KEY_BYTES; i++) data_key[i] = (byte)i;
  ulong_t wrapped_bytes = sizeof wrapped;
  ok("C_EncryptInit",
     ((one_handle *)function("C_EncryptInit"))(session, &oaep, key(session, PUBLIC_KEY, arguments[3])));
  ok("C_Encrypt", ((transform *)function("C_Encrypt"))(session, data_key, sizeof data_key, wrapped, &wrapped_bytes));

  ulong_t private_key = key(session, PRIVATE_KEY, arguments[3]);
  one_handle *decrypt_init = (one_handle *)function("C_DecryptInit");
  transform *decrypt = (transform *)function("C_Decrypt");
  long long millis = atoll(arguments[5]), warm_until = nanos(CLOCK_MONOTONIC) + millis * 250000LL;
  long long began = 0, cpu = 0, now, operations = 0;
  for (;;) {
    ulong_t opened_bytes = sizeof opened;
    ok("C_DecryptInit", decrypt_init(session, &oaep, private_key));
    ok("C_Decrypt", decrypt(session, wrapped, wrapped_bytes, opened, &opened_bytes));
    if (opened_bytes != sizeof data_key || memcmp(opened, data_key, sizeof data_key)) fail("another data key", opened_bytes);
    now = nanos(CLOCK_MONOTONIC);
    if (began) operations++;
    if (!began && now >= warm_until) {
      began = now;
      cpu = nanos(CLOCK_PROCESS_CPUTIME_ID);
    }
    if (began && now >= began + millis * 1000000LL) break;
  }
  printf("ops=%lld\nwallNanos=%lld\ncpuNanos=%lld\n", operations, now - began, nanos(CLOCK_PROCESS_CPUTIME_ID) - cpu);
  ok("C_Finalize", ((ulong_t(*)(void *))function("C_Finalize"))(NULL));
  return 0;
}
