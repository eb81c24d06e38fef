// OpenSSL's libssl for TLS to clients, its macros wrapped as inline functions.
#ifndef SLUICE_CSSL_H
#define SLUICE_CSSL_H

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

/// What every context of ours has: TLS 1.2 or newer, no renegotiation, and no buffers for connections that are idle.
/// Sessions are resumed with tickets, which the client keeps; a cache here would only take memory.
static inline void sluice_ssl_set_defaults(SSL_CTX *context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
}

/// Adds a certificate to the chain; the reference becomes the context's when the result is 1.
static inline int sluice_ssl_add_chain(SSL_CTX *context, X509 *certificate) {
  return (int)SSL_CTX_add0_chain_cert(context, certificate);
}

/// The reason of the oldest error of this thread, 0 for none.
static inline int sluice_ssl_reason(void) { return ERR_GET_REASON(ERR_peek_error()); }

/// Whether the peer has spoken HTTP without TLS.
static inline int sluice_ssl_is_plain_http(void) { return sluice_ssl_reason() == SSL_R_HTTP_REQUEST; }

/// Whether a PEM text has come to its end, or never had a begin.
static inline int sluice_pem_is_over(void) { return ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE; }

/// Tells a reader that there is nothing now.
static inline void sluice_bio_nothing_yet(BIO *bio) { BIO_set_retry_read(bio); }
static inline void sluice_bio_clear(BIO *bio) { BIO_clear_retry_flags(bio); }

#endif
