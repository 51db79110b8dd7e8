#include "Internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "CLinux.h"

/// The most plain bytes in one record (RFC 8446 section 5.1).
enum { RECORD = 16384 };

/// The peer has gone, or goes: behind a short read may stand an end of stream.
enum { CLOSING = EPOLLRDHUP | EPOLLHUP | EPOLLERR };

/// Where a head and the beginning of a body become one record.
static _Thread_local unsigned char scratch[RECORD];

// The BIO: OpenSSL's way to the socket.

static int bio_read(BIO *bio, char *bytes, int count) {
    ctls_stream *stream = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    while (stream->readiness & EPOLLIN) {
        long result = clinux_recv(stream->fd, bytes, (size_t)count);
        if (result > 0) {
            if (result < count && !(stream->readiness & CLOSING)) stream->readiness &= ~EPOLLIN;
            return (int)result;
        }
        if (result == 0) {
            stream->is_at_end = 1;
            return 0;
        }
        if (result == -EAGAIN) {
            stream->readiness &= ~EPOLLIN;
        } else if (result != -EINTR) {
            stream->error = (int)-result;
            return -1;
        }
    }
    BIO_set_retry_read(bio);
    return -1;
}

static int bio_write(BIO *bio, const char *bytes, int count) {
    ctls_stream *stream = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    while (stream->readiness & EPOLLOUT) {
        long result = clinux_send(stream->fd, bytes, (size_t)count, NULL, 0);
        if (result >= 0) {
            if (result < count) stream->readiness &= ~EPOLLOUT;
            return (int)result;
        }
        if (result == -EAGAIN) {
            stream->readiness &= ~EPOLLOUT;
        } else if (result != -EINTR) {
            stream->error = (int)-result;
            return -1;
        }
    }
    BIO_set_retry_write(bio);
    return -1;
}

static long bio_control(BIO *bio, int command, long number, void *pointer) {
    ctls_stream *stream = BIO_get_data(bio);
    switch (command) {
    case BIO_CTRL_FLUSH: return 1;
    case BIO_CTRL_EOF: return stream->is_at_end;
    default: return 0;
    }
}

static int bio_create(BIO *bio) {
    BIO_set_init(bio, 1);
    return 1;
}

static BIO_METHOD *method;

static BIO_METHOD *make_method(void) {
    BIO_METHOD *made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "ctls");
    if (made == NULL) return NULL;
    BIO_meth_set_read(made, bio_read);
    BIO_meth_set_write(made, bio_write);
    BIO_meth_set_ctrl(made, bio_control);
    BIO_meth_set_create(made, bio_create);
    return made;
}

__attribute__((constructor)) static void prepare(void) { method = make_method(); }

// Streams.

ctls_stream *ctls_stream_new(SSL_CTX *context, int fd, const struct ctls_server *server,
                             const struct ctls_client *client, int uses_socket_bio) {
    ctls_stream *stream = calloc(1, sizeof *stream);
    SSL *ssl = SSL_new(context);
    BIO *bio = NULL;
    if (method != NULL) bio = uses_socket_bio ? BIO_new_socket(fd, BIO_NOCLOSE) : BIO_new(method);
    if (stream == NULL || ssl == NULL || bio == NULL) {
        free(stream);
        SSL_free(ssl);
        BIO_free(bio);
        ERR_clear_error();
        return NULL;
    }
    *stream = (ctls_stream){.ssl = ssl, .fd = fd, .server = server, .client = client,
                            .uses_socket_bio = uses_socket_bio};
    if (!uses_socket_bio) BIO_set_data(bio, stream);
    SSL_set_bio(ssl, bio, bio);
    SSL_set_app_data(ssl, stream);
    if (server != NULL) SSL_set_accept_state(ssl);
    else SSL_set_connect_state(ssl);
    return stream;
}

void ctls_stream_free(ctls_stream *stream) {
    // Otherwise a connection that is closed without a farewell spoils its session for others.
    if (stream->failure == 0)
        SSL_set_shutdown(stream->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(stream->ssl);
    free(stream->reason);
    free(stream);
}

SSL *ctls_ssl(const ctls_stream *stream) { return stream->ssl; }
int ctls_socket_error(const ctls_stream *stream) { return stream->error; }
const char *ctls_reason(const ctls_stream *stream) {
    return stream->reason == NULL ? "" : stream->reason;
}
int ctls_set_server_name(ctls_stream *stream, const char *name) {
    return SSL_set_tlsext_host_name(stream->ssl, name) == 1;
}
int ctls_uses_kernel_tls(const ctls_stream *stream) {
    return BIO_get_ktls_send(SSL_get_wbio(stream->ssl)) ||
           BIO_get_ktls_recv(SSL_get_rbio(stream->ssl));
}

/// The calling thread's error queue is OpenSSL's way to tell what went wrong: it must be empty.
static void begin(ctls_stream *stream, const uint32_t *readiness) {
    if (ERR_peek_error() != 0) ERR_clear_error();
    stream->readiness = *readiness;
}

/// What a call of OpenSSL's that did not succeed came to. Failures stay.
static int outcome(ctls_stream *stream, int result) {
    switch (SSL_get_error(stream->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        // OpenSSL's own BIO has asked the socket.
        if (stream->uses_socket_bio) stream->readiness &= ~EPOLLIN;
        return CTLS_WANT_READ;
    case SSL_ERROR_WANT_WRITE:
        if (stream->uses_socket_bio) stream->readiness &= ~EPOLLOUT;
        return CTLS_WANT_WRITE;
    case SSL_ERROR_ZERO_RETURN: return CTLS_END;
    case SSL_ERROR_SYSCALL:
        if (stream->uses_socket_bio && stream->error == 0) stream->error = errno;
        break;
    default: break;
    }
    if (stream->failure != 0) return stream->failure;
    if (ERR_GET_REASON(ERR_peek_last_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
        stream->is_at_end = 1;
    char text[256];
    ctls_take_errors(text, sizeof text);
    stream->reason = strdup(text);
    // An end comes first: the alert that OpenSSL sends about it may well fail.
    if (stream->is_at_end) stream->failure = CTLS_TRUNCATED;
    else if (stream->error != 0) stream->failure = CTLS_SOCKET_FAILED;
    else stream->failure = CTLS_FAILED;
    return stream->failure;
}

static void set_held(ctls_stream *stream, int is_held) {
    if (is_held) stream->readiness |= CTLS_HELD;
    else stream->readiness &= ~(uint32_t)CTLS_HELD;
}

int ctls_handshake(ctls_stream *stream, uint32_t *readiness) {
    if (stream->failure != 0) return stream->failure;
    begin(stream, readiness);
    int result = SSL_do_handshake(stream->ssl);
    int is_complete = result == 1;
    if (!is_complete) result = outcome(stream, result);
    set_held(stream, is_complete && SSL_has_pending(stream->ssl));
    *readiness = stream->readiness;
    return result;
}

long ctls_read(ctls_stream *stream, uint32_t *readiness, void *bytes, size_t count) {
    if (stream->failure != 0) return stream->failure;
    begin(stream, readiness);
    size_t total = 0;
    int result = 1;
    do {
        size_t some = 0;
        result = SSL_read_ex(stream->ssl, (char *)bytes + total, count - total, &some);
        if (result != 1) result = outcome(stream, result);
        total += some;
    } while (result == 1 && total < count && SSL_has_pending(stream->ssl));
    // An end and a failure are told again, behind the bytes that came first. What waits for the
    // socket to take something is tried again with every event.
    set_held(stream, result == 1 ? SSL_has_pending(stream->ssl) : result != CTLS_WANT_READ);
    *readiness = stream->readiness;
    return total > 0 ? (long)total : result;
}

/// The next record's bytes; a record that is on its way already needs none, only its count.
static const unsigned char *next_record(const ctls_stream *stream, const unsigned char *first,
                                        size_t first_count, const unsigned char *second,
                                        size_t second_count, size_t total, size_t *count) {
    if (stream->pending > 0) {
        *count = stream->pending;
        return scratch;
    }
    size_t left = first_count + second_count - total;
    *count = left < RECORD ? left : RECORD;
    if (total >= first_count) return second + (total - first_count);
    size_t from_first = first_count - total;
    if (from_first >= *count) return first + total;
    memcpy(scratch, first + total, from_first);
    memcpy(scratch + from_first, second, *count - from_first);
    return scratch;
}

long ctls_write(ctls_stream *stream, uint32_t *readiness, const void *first, size_t first_count,
                const void *second, size_t second_count) {
    if (stream->failure != 0) return stream->failure;
    begin(stream, readiness);
    size_t total = 0;
    size_t wanted = first_count + second_count;
    int result = 1;
    while (total < wanted) {
        size_t count = 0;
        size_t written = 0;
        const unsigned char *bytes =
            next_record(stream, first, first_count, second, second_count, total, &count);
        result = SSL_write_ex(stream->ssl, bytes, count, &written);
        if (result != 1) {
            result = outcome(stream, result);
            if (result == CTLS_WANT_WRITE || result == CTLS_WANT_READ) stream->pending = count;
            break;
        }
        stream->pending = 0;
        total += written;
    }
    *readiness = stream->readiness;
    // Who gave up what had been offered offers less than a record took.
    if (total > wanted) total = wanted;
    return total > 0 ? (long)total : result;
}

int ctls_peek(ctls_stream *stream, uint32_t *readiness) {
    if (stream->failure != 0) return stream->failure;
    begin(stream, readiness);
    char byte;
    size_t count = 0;
    int result = SSL_peek_ex(stream->ssl, &byte, 1, &count);
    if (result != 1) result = outcome(stream, result);
    set_held(stream, result != CTLS_WANT_READ);
    *readiness = stream->readiness;
    return result;
}

int ctls_goodbye(ctls_stream *stream, uint32_t *readiness) {
    // In the middle of a handshake or a record there is nothing that a peer would understand.
    if (stream->failure != 0 || stream->pending > 0 || !SSL_is_init_finished(stream->ssl)) return 1;
    begin(stream, readiness);
    int result = SSL_shutdown(stream->ssl);
    int is_out = result >= 0 || outcome(stream, result) != CTLS_WANT_WRITE;
    *readiness = stream->readiness;
    return is_out;
}

void ctls_shut_down_socket(ctls_stream *stream) {
    clinux_shutdown(stream->fd, SHUT_WR);
}
