#pragma once
// SHA1_Init and its kin are deprecated since 3.0 in favour of EVP, which allocates for each HMAC. They work as ever.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/srtp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

// Options are macros that shift, and a text's type is a macro with an operator: Swift imports neither.
static const uint64_t COPENSSL_NO_QUERY_MTU = SSL_OP_NO_QUERY_MTU;
static const uint64_t COPENSSL_NO_TICKET = SSL_OP_NO_TICKET;
static const uint64_t COPENSSL_NO_RENEGOTIATION = SSL_OP_NO_RENEGOTIATION;
static const uint64_t COPENSSL_NO_COMPRESSION = SSL_OP_NO_COMPRESSION;
static const uint64_t COPENSSL_CIPHER_SERVER_PREFERENCE = SSL_OP_CIPHER_SERVER_PREFERENCE;
static const int COPENSSL_ASCII = MBSTRING_ASC;
