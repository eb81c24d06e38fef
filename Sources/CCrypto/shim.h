// The two functions Sluice takes from OpenSSL's libcrypto, which libcurl already brings: SHA-256 and constant-time compare.
#ifndef SLUICE_CCRYPTO_H
#define SLUICE_CCRYPTO_H

#include <stddef.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>

/// SHA-256 of `count` bytes into the 32 bytes at `digest`.
static inline void sluice_sha256(const void *bytes, size_t count, unsigned char *digest) {
  SHA256((const unsigned char *)bytes, count, digest);
}
/// 1 when both runs of `count` bytes are equal, in time that depends on `count` alone.
static inline int sluice_equal_constant_time(const void *a, const void *b, size_t count) {
  return CRYPTO_memcmp(a, b, count) == 0;
}

#endif
