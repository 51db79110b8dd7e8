#include "Internal.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/// An OCSP response that belongs to a context.
struct staple {
    size_t count;
    unsigned char bytes[];
};

static int staple_index;
static int key_log_index;
/// Fetched once: OpenSSL 3 would look it up for each ticket.
static EVP_CIPHER *ticket_cipher;

static void free_staple(void *parent, void *pointer, CRYPTO_EX_DATA *data, int index, long number,
                        void *argument) {
    free(pointer);
}

__attribute__((constructor)) static void prepare(void) {
    staple_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, free_staple);
    key_log_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
    ticket_cipher = EVP_CIPHER_fetch(NULL, "AES-256-CBC", NULL);
}

// What OpenSSL asks in the middle of a handshake.

static int choose_certificate(SSL *ssl, int *alert, void *argument) {
    ctls_stream *stream = SSL_get_app_data(ssl);
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    if (stream == NULL || stream->server == NULL || name == NULL) return SSL_TLSEXT_ERR_NOACK;
    SSL_CTX *chosen = stream->server->choose(stream->server->owner, name);
    if (chosen != NULL) SSL_set_SSL_CTX(ssl, chosen);
    return SSL_TLSEXT_ERR_OK;
}

static int choose_protocol(SSL *ssl, const unsigned char **chosen, unsigned char *chosen_count,
                           const unsigned char *offered, unsigned offered_count, void *argument) {
    ctls_stream *stream = SSL_get_app_data(ssl);
    if (stream == NULL || stream->server == NULL || stream->server->protocols == NULL)
        return SSL_TLSEXT_ERR_NOACK;
    unsigned char *found = NULL;
    int result = SSL_select_next_proto(&found, chosen_count, stream->server->protocols,
                                       stream->server->protocols_count, offered, offered_count);
    if (result != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
    *chosen = found;
    return SSL_TLSEXT_ERR_OK;
}

static int use_ticket_key(SSL *ssl, unsigned char *name, unsigned char *vector,
                          EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int encrypts) {
    ctls_stream *stream = SSL_get_app_data(ssl);
    struct ctls_ticket_key key;
    if (stream == NULL || stream->server == NULL) return 0;
    int found = stream->server->find_key(stream->server->owner, encrypts ? NULL : name, &key);
    if (found == 0) return 0;
    int is_ready;
    if (encrypts) {
        memcpy(name, key.name, sizeof key.name);
        is_ready = RAND_bytes(vector, 16) == 1 &&
                   EVP_EncryptInit_ex(cipher, ticket_cipher, NULL, key.cipher, vector) == 1;
    } else {
        is_ready = EVP_DecryptInit_ex(cipher, ticket_cipher, NULL, key.cipher, vector) == 1;
    }
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key.mac, sizeof key.mac),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, "SHA256", 0),
        OSSL_PARAM_construct_end(),
    };
    is_ready = is_ready && EVP_MAC_CTX_set_params(mac, parameters) == 1;
    OPENSSL_cleanse(&key, sizeof key);
    return is_ready ? found : -1;
}

static int give_staple(SSL *ssl, void *argument) {
    struct staple *staple = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), staple_index);
    if (staple == NULL) return SSL_TLSEXT_ERR_NOACK;
    // OpenSSL frees what it is given.
    unsigned char *copy = OPENSSL_memdup(staple->bytes, staple->count);
    if (copy == NULL) return SSL_TLSEXT_ERR_NOACK;
    SSL_set_tlsext_status_ocsp_resp(ssl, copy, (long)staple->count);
    return SSL_TLSEXT_ERR_OK;
}

static int keep_session(SSL *ssl, SSL_SESSION *session) {
    ctls_stream *stream = SSL_get_app_data(ssl);
    if (stream == NULL || stream->client == NULL) return 0;
    stream->client->keep(stream->client->owner, session);
    return 1;
}

static void log_key(const SSL *ssl, const char *line) {
    int fd = (int)(intptr_t)SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), key_log_index) - 1;
    if (fd < 0) return;
    struct iovec pieces[2] = {{(void *)line, strlen(line)}, {"\n", 1}};
    // A line in one call, so that processes can share the file. That it failed is nobody's concern.
    ssize_t ignored = writev(fd, pieces, 2);
    (void)ignored;
}

// Contexts.

SSL_CTX *ctls_context(int is_server, int minimum) {
    SSL_CTX *context = SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method());
    if (context == NULL) return NULL;
    SSL_CTX_set_min_proto_version(context, minimum >= 3 ? TLS1_3_VERSION : TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(context, 1);
    if (is_server) {
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
        SSL_CTX_set_tlsext_servername_callback(context, choose_certificate);
        SSL_CTX_set_tlsext_ticket_key_evp_cb(context, use_ticket_key);
        SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
    } else {
        SSL_CTX_set_session_cache_mode(
            context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
        SSL_CTX_sess_set_new_cb(context, keep_session);
    }
    return context;
}

int ctls_set_groups(SSL_CTX *context, const char *groups) {
    return SSL_CTX_set1_groups_list(context, groups) == 1;
}

int ctls_add_chain_certificate(SSL_CTX *context, X509 *certificate) {
    return SSL_CTX_add1_chain_cert(context, certificate) == 1;
}

int ctls_staple(SSL_CTX *context, const unsigned char *bytes, size_t count) {
    struct staple *staple = malloc(sizeof *staple + count);
    if (staple == NULL) return 0;
    staple->count = count;
    memcpy(staple->bytes, bytes, count);
    if (SSL_CTX_set_ex_data(context, staple_index, staple) != 1) {
        free(staple);
        return 0;
    }
    SSL_CTX_set_tlsext_status_cb(context, give_staple);
    return 1;
}

void ctls_log_keys(SSL_CTX *context, int fd) {
    // One more than the number, so that the null of a new context means none.
    SSL_CTX_set_ex_data(context, key_log_index, (void *)(intptr_t)(fd + 1));
    SSL_CTX_set_keylog_callback(context, log_key);
}

void ctls_allow_kernel_tls(SSL_CTX *context) { SSL_CTX_set_options(context, SSL_OP_ENABLE_KTLS); }

void ctls_set_ticket_count(SSL_CTX *context, size_t count) {
    SSL_CTX_set_num_tickets(context, count);
    if (count == 0) SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
}

// The rest.

void ctls_take_errors(char *text, size_t size) {
    text[0] = 0;
    size_t used = 0;
    unsigned long code;
    while ((code = ERR_get_error()) != 0) {
        const char *reason = ERR_GET_LIB(code) == ERR_LIB_SYS ? strerror(ERR_GET_REASON(code))
                                                              : ERR_reason_error_string(code);
        if (reason == NULL || strstr(text, reason) != NULL) continue;
        size_t count = strlen(reason) + (used > 0 ? 2 : 0);
        if (used + count >= size) continue;
        if (used > 0) strcat(text, ", ");
        strcat(text, reason);
        used += count;
    }
}

void ctls_dns_names(const X509 *certificate, void *context,
                    void (*each)(void *context, const char *name, size_t count)) {
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    int found = 0;
    for (int index = 0; index < sk_GENERAL_NAME_num(names); index++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, index);
        if (name->type != GEN_DNS) continue;
        found++;
        each(context, (const char *)ASN1_STRING_get0_data(name->d.dNSName),
             (size_t)ASN1_STRING_length(name->d.dNSName));
    }
    GENERAL_NAMES_free(names);
    if (found > 0) return;
    char common[256];
    int count = X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName,
                                          common, sizeof common);
    if (count > 0) each(context, common, (size_t)count);
}

void ctls_time_text(const ASN1_TIME *time, char *text, size_t size) {
    struct tm parts;
    if (ASN1_TIME_to_tm(time, &parts) != 1) snprintf(text, size, "an unreadable date");
    else strftime(text, size, "%F %T UTC", &parts);
}

unsigned long ctls_name_flags(void) { return XN_FLAG_RFC2253; }

int ctls_kernel_offers_tls(void) {
    // The kernel takes the ULP only on a connected TCP socket: one to itself, over loopback.
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int offers = listener >= 0 && client >= 0 &&
                 bind(listener, (struct sockaddr *)&address, size) == 0 &&
                 listen(listener, 1) == 0 &&
                 getsockname(listener, (struct sockaddr *)&address, &size) == 0 &&
                 connect(client, (struct sockaddr *)&address, size) == 0 &&
                 setsockopt(client, IPPROTO_TCP, TCP_ULP, "tls", sizeof "tls") == 0;
    if (listener >= 0) close(listener);
    if (client >= 0) close(client);
    return offers;
}
