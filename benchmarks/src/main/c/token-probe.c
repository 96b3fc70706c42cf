/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
/*
 * How many data keys a second a PKCS#11 token wraps or unwraps when a C program asks it, one after the other: the limit for
 * everybody else. Usage: token-probe aes-wrap|aes-unwrap|rsa-unwrap MODULE TOKEN-LABEL KEY-LABEL PIN-FILE MILLIS
 *
 * Prints ops=, wallNanos= and cpuNanos= (of the process) of the measured loop, which runs after a warm-up of a quarter of its
 * time. Names and numbers are those of the PKCS #11 specification, 2.40; functions are looked up by name, as modules export
 * them.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef unsigned char byte;
typedef unsigned long ulong_t;

enum { USER = 1, SERIAL_SESSION = 4 };
enum { CLASS = 0x0, LABEL = 0x3, PUBLIC_KEY = 2, PRIVATE_KEY = 3, SECRET_KEY = 4 };
enum { AES_GCM = 0x1087, IV_BYTES = 12, TAG_BITS = 128 };
enum { RSA_PKCS_OAEP = 0x9, SHA_1 = 0x220, MGF1_SHA1 = 1, DATA_SPECIFIED = 1 };
enum { LABEL_BYTES = 32, DATA_KEY_BYTES = 32, MAX_SLOTS = 64, MAX_BYTES = 1024, MAX_PIN_BYTES = 256 };

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

struct gcm {
  void *iv;
  ulong_t iv_bytes;
  ulong_t iv_bits;
  void *aad;
  ulong_t aad_bytes;
  ulong_t tag_bits;
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

typedef ulong_t begin(ulong_t, struct mechanism *, ulong_t);
typedef ulong_t transform(ulong_t, byte *, ulong_t, byte *, ulong_t *);

static void *module;

static void fail(const char *what, ulong_t code) {
  fprintf(stderr, "token-probe: %s (0x%lx)\n", what, code);
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

/* One transformation of a whole message. */
static ulong_t once(const char *init, const char *process, ulong_t session, struct mechanism *by, ulong_t key, byte *in,
                    ulong_t in_bytes, byte *out) {
  ulong_t out_bytes = MAX_BYTES;
  ok(init, ((begin *)function(init))(session, by, key));
  ok(process, ((transform *)function(process))(session, in, in_bytes, out, &out_bytes));
  return out_bytes;
}

static ulong_t logged_in(char *token, char *pin_file) {
  ulong_t session;
  byte pin[MAX_PIN_BYTES];
  ok("C_Initialize", ((ulong_t(*)(void *))function("C_Initialize"))(NULL));
  ok("C_OpenSession",
     ((ulong_t(*)(ulong_t, ulong_t, void *, void *, ulong_t *))function("C_OpenSession"))(
         slot_of(token), SERIAL_SESSION, NULL, NULL, &session));
  ok("C_Login",
     ((ulong_t(*)(ulong_t, ulong_t, byte *, ulong_t))function("C_Login"))(session, USER, pin, read_pin(pin_file, pin)));
  memset(pin, 0, sizeof pin);
  return session;
}

int main(int count, char **arguments) {
  if (count != 7) {
    fprintf(stderr, "usage: token-probe aes-wrap|aes-unwrap|rsa-unwrap MODULE TOKEN-LABEL KEY-LABEL PIN-FILE MILLIS\n");
    return 2;
  }
  int rsa = !strcmp(arguments[1], "rsa-unwrap"), wraps = !strcmp(arguments[1], "aes-wrap");
  module = dlopen(arguments[2], RTLD_NOW);
  if (!module) fail(dlerror(), 0);
  ulong_t session = logged_in(arguments[3], arguments[5]);

  byte iv[IV_BYTES] = {1}, aad[] = {'1', '1', '5'};
  struct gcm gcm = {iv, IV_BYTES, IV_BYTES * 8, aad, sizeof aad, TAG_BITS};
  struct oaep oaep = {SHA_1, MGF1_SHA1, DATA_SPECIFIED, NULL, 0};
  struct mechanism by = {AES_GCM, &gcm, sizeof gcm};
  if (rsa) by = (struct mechanism){RSA_PKCS_OAEP, &oaep, sizeof oaep};
  ulong_t wrapping_key = key(session, rsa ? PUBLIC_KEY : SECRET_KEY, arguments[4]);
  ulong_t unwrapping_key = rsa ? key(session, PRIVATE_KEY, arguments[4]) : wrapping_key;
  byte data_key[DATA_KEY_BYTES], wrapped[MAX_BYTES], out[MAX_BYTES];
  for (int i = 0; i < DATA_KEY_BYTES; i++) data_key[i] = (byte)i;
  ulong_t wrapped_bytes =
      once("C_EncryptInit", "C_Encrypt", session, &by, wrapping_key, data_key, sizeof data_key, wrapped);
  if (once("C_DecryptInit", "C_Decrypt", session, &by, unwrapping_key, wrapped, wrapped_bytes, out) != sizeof data_key ||
      memcmp(out, data_key, sizeof data_key))
    fail("another data key", 0);

  begin *init = (begin *)function(wraps ? "C_EncryptInit" : "C_DecryptInit");
  transform *process = (transform *)function(wraps ? "C_Encrypt" : "C_Decrypt");
  ulong_t used_key = wraps ? wrapping_key : unwrapping_key;
  byte *in = wraps ? data_key : wrapped;
  ulong_t in_bytes = wraps ? sizeof data_key : wrapped_bytes;
  long long millis = atoll(arguments[6]), warm_until = nanos(CLOCK_MONOTONIC) + millis * 250000LL;
  long long began = 0, cpu = 0, now, operations = 0;
  for (;;) {
    ulong_t out_bytes = sizeof out;
    ok("Init", init(session, &by, used_key));
    ok("process", process(session, in, in_bytes, out, &out_bytes));
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
