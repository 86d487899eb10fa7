#pragma once
// SHA1_Init and its kin are deprecated since 3.0 in favour of EVP, which allocates for each HMAC. They work as ever.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
