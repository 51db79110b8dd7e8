#include "Internal.h"

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

EVP_PKEY *ctls_new_key(void) { return EVP_EC_gen("P-256"); }

static int add_extension(X509 *certificate, int kind, const char *value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, kind, value);
    if (extension == NULL) return 0;
    int done = X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    return done;
}

/// A number that no other certificate of this name has, as browsers want it.
static int set_serial(X509 *certificate) {
    BIGNUM *number = BN_new();
    int done = number != NULL && BN_rand(number, 127, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) &&
               BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;
    BN_free(number);
    return done;
}

X509 *ctls_self_signed(EVP_PKEY *key, const char *common_name, const char *names, int days) {
    X509 *certificate = X509_new();
    if (certificate == NULL) return NULL;
    X509_NAME *subject = X509_get_subject_name(certificate);
    // An hour ago: clocks differ.
    int done = X509_set_version(certificate, X509_VERSION_3) && set_serial(certificate) &&
               X509_gmtime_adj(X509_getm_notBefore(certificate), -3600) != NULL &&
               X509_gmtime_adj(X509_getm_notAfter(certificate), 86400L * days) != NULL &&
               X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                          (const unsigned char *)common_name, -1, -1, 0) &&
               X509_set_issuer_name(certificate, subject) && X509_set_pubkey(certificate, key) &&
               add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE") &&
               add_extension(certificate, NID_subject_alt_name, names) &&
               X509_sign(certificate, key, EVP_sha256()) > 0;
    if (done) return certificate;
    X509_free(certificate);
    return NULL;
}
