// What Swift can't say to OpenSSL: macros, a BIO of our own, and callbacks.
//
// A `ctls_stream` is one side of one connection: an SSL and the socket under it. Its socket calls
// go through the calling thread's table in CLinux, as all others do, and follow what epoll said:
// a socket that was found drained or full is left alone until its bit is set again.
//
// `readiness` is what CLinux's users keep per connection: EPOLLIN, EPOLLOUT, EPOLLRDHUP, EPOLLHUP,
// EPOLLERR, and CTLS_HELD. Every call takes it and leaves it as it then is.

#ifndef CTLS_H
#define CTLS_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

struct ssl_st;
struct ssl_ctx_st;
struct ssl_session_st;
struct x509_st;
struct asn1_string_st;
struct evp_pkey_st;

/// Something can be read without asking the socket. No bit of epoll's.
enum { CTLS_HELD = 1 << 24 };

/// What a call returns where it has no count to return.
enum {
    /// The peer has said that it sends no more (close_notify).
    CTLS_END = 0,
    CTLS_WANT_READ = -1,
    CTLS_WANT_WRITE = -2,
    /// The protocol was broken, or the peer refused; `ctls_reason` says how.
    CTLS_FAILED = -3,
    /// The socket failed; `ctls_socket_error` says how.
    CTLS_SOCKET_FAILED = -4,
    /// The peer ended the connection without saying so.
    CTLS_TRUNCATED = -5,
};

/// A key for session tickets (RFC 5077 section 4): what names it, encrypts and authenticates.
struct ctls_ticket_key {
    unsigned char name[16];
    unsigned char cipher[32];
    unsigned char mac[32];
};

/// What a server's callbacks ask. Must outlive the streams that were made with it.
struct ctls_server {
    void *owner;
    /// The context for a host name, null for the one the stream was made with.
    struct ssl_ctx_st *_Nullable (*_Nonnull choose)(void *owner, const char *name);
    /// Fills in the key called `name`, or the one to encrypt with where that is null. Returns 0: no
    /// such key, 1: the newest, 2: an older one, so that a new ticket should follow.
    int (*_Nonnull find_key)(void *owner, const unsigned char *_Nullable name,
                             struct ctls_ticket_key *key);
    /// The protocols, the preferred first, each behind its length; null: ALPN is not answered.
    const unsigned char *_Nullable protocols;
    unsigned protocols_count;
};

/// Who takes a client's new sessions.
struct ctls_client {
    void *owner;
    /// Takes over `session`.
    void (*_Nonnull keep)(void *owner, struct ssl_session_st *session);
};

typedef struct ctls_stream ctls_stream;

// MARK: Contexts

/// A context with everything both sides have in common. `minimum` is 2 or 3, of TLS 1.x. Null when
/// memory is short.
struct ssl_ctx_st *_Nullable ctls_context(int is_server, int minimum);
/// Names groups in the order of preference. Returns 1, or 0 where OpenSSL knows one not.
int ctls_set_groups(struct ssl_ctx_st *context, const char *groups);
/// Adds to the chain that is sent behind the certificate.
int ctls_add_chain_certificate(struct ssl_ctx_st *context, struct x509_st *certificate);
/// Puts an OCSP response (DER) into every handshake whose client asks for it. Copies it.
int ctls_staple(struct ssl_ctx_st *context, const unsigned char *bytes, size_t count);
/// Writes the secrets of every handshake to `fd`, which stays open, in the format of SSLKEYLOGFILE.
void ctls_log_keys(struct ssl_ctx_st *context, int fd);
/// Lets the kernel encrypt where it can.
void ctls_allow_kernel_tls(struct ssl_ctx_st *context);
/// Gives `count` tickets per full handshake of TLS 1.3, at most one of TLS 1.2; 0: none.
void ctls_set_ticket_count(struct ssl_ctx_st *context, size_t count);

// MARK: Streams

/// A stream over `fd`, which stays the caller's. One of `server` and `client` is given. With
/// `uses_socket_bio` OpenSSL's own BIO does the calls, as kernel TLS needs. Null: memory is short.
ctls_stream *_Nullable ctls_stream_new(struct ssl_ctx_st *context, int fd,
                                       const struct ctls_server *_Nullable server,
                                       const struct ctls_client *_Nullable client,
                                       int uses_socket_bio);
void ctls_stream_free(ctls_stream *stream);
struct ssl_st *ctls_ssl(const ctls_stream *stream);
/// Names the server that is meant (SNI). Returns 1, or 0.
int ctls_set_server_name(ctls_stream *stream, const char *name);

/// Goes on with the handshake. Returns 1 when it is complete.
int ctls_handshake(ctls_stream *stream, uint32_t *readiness);
/// Reads as many records as are here and fit.
long ctls_read(ctls_stream *stream, uint32_t *readiness, void *bytes, size_t count);
/// Writes `first` and then `second`, in as few records as possible. What a record took that could
/// not leave is not counted, and must be offered again.
long ctls_write(ctls_stream *stream, uint32_t *readiness, const void *_Nullable first,
                size_t first_count, const void *_Nullable second, size_t second_count);
/// Takes in what is no application data. Returns CTLS_WANT_READ when there is nothing else, 1 when
/// there is application data.
int ctls_peek(ctls_stream *stream, uint32_t *readiness);
/// Sends close_notify. Returns 1 when it is out, or never can be; 0: the socket is full.
int ctls_goodbye(ctls_stream *stream, uint32_t *readiness);

/// Shuts the socket down for sending.
void ctls_shut_down_socket(ctls_stream *stream);

/// Why the stream failed, in OpenSSL's words. Empty if nobody knows.
const char *ctls_reason(const ctls_stream *stream);
/// The errno of the socket that failed.
int ctls_socket_error(const ctls_stream *stream);
/// Whether the kernel encrypts or decrypts.
int ctls_uses_kernel_tls(const ctls_stream *stream);

// MARK: Certificates of our own

/// A new key on P-256, the caller's. Null: OpenSSL can't.
struct evp_pkey_st *_Nullable ctls_new_key(void);
/// A certificate that `key` signs for itself, good for `days`, the caller's. `names` is what its
/// subjectAltName says: `DNS:localhost,IP:127.0.0.1`. Null: OpenSSL can't.
struct x509_st *_Nullable ctls_self_signed(struct evp_pkey_st *key, const char *common_name,
                                           const char *names, int days);

// MARK: The rest

/// Moves the reasons in the calling thread's error queue into `text`, separated by commas.
void ctls_take_errors(char *text, size_t size);
/// Calls `each` with every DNS name of a certificate: those of its subjectAltName, or else its
/// common name, as X509_check_host does.
void ctls_dns_names(const struct x509_st *certificate, void *_Nullable context,
                    void (*_Nonnull each)(void *_Nullable context, const char *name,
                                          size_t count));
/// Writes a time as `2026-11-25 09:20:27 UTC`, which takes 24 bytes.
void ctls_time_text(const struct asn1_string_st *time, char *text, size_t size);
/// How X509_NAME_print_ex is to write a name: as RFC 2253 does.
unsigned long ctls_name_flags(void);
/// Whether the kernel offers TLS (the ULP `tls`), by trying it on a connected socket.
int ctls_kernel_offers_tls(void);

#pragma clang assume_nonnull end

#endif
