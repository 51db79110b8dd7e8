#ifndef CTLS_INTERNAL_H
#define CTLS_INTERNAL_H

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "CTLS.h"

struct ctls_stream {
    SSL *ssl;
    /// Both belong to others; null for the other side.
    const struct ctls_server *server;
    const struct ctls_client *client;
    /// Why it failed, or null.
    char *reason;
    /// What the last record that could not leave was made of: so many bytes must be offered again.
    size_t pending;
    int fd;
    uint32_t readiness;
    /// The result of every further call, once one has failed for good.
    int failure;
    int error;
    unsigned char is_at_end;
    unsigned char uses_socket_bio;
};

#endif
