// Questions to DNS servers, by the resolver of the C library. They block, so they are asked by a
// thread of their own. They pass by the table in CLinux.h: the library makes its own system calls.

#ifndef CLINUX_RESOLVER_H
#define CLINUX_RESOLVER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#pragma clang assume_nonnull begin

/// The longest message of DNS, whose length TCP carries in two bytes (RFC 1035 §4.2.2), and one.
enum { CLINUX_DNS_MESSAGE = 65536 };

enum { CLINUX_DNS_A = 1, CLINUX_DNS_CNAME = 5, CLINUX_DNS_AAAA = 28, CLINUX_DNS_SRV = 33 };

/// Asks for records of class IN and a type. `name` is taken as absolute: no search list is tried,
/// nor /etc/hosts.
///
/// The servers are those of /etc/resolv.conf, or the one at `server`. Each is asked over UDP twice,
/// for `timeout_seconds` the first time; a truncated answer is asked for again over TCP, for as
/// long. Returns the length of the answer, which may tell of a failure; -EINVAL for what is no
/// name, -ETIMEDOUT without an answer, or another -errno.
long clinux_dns_ask(const char *name, int type, const struct sockaddr *_Nullable server,
                    int timeout_seconds, uint8_t *answer, size_t capacity);

/// A record of an answer: A, AAAA, CNAME or SRV of class IN. Pointers are good during the visit.
struct clinux_dns_record {
    int type;
    uint32_t ttl;
    /// SRV only.
    uint16_t priority, weight, port;
    /// Big-endian halves of an AAAA; the first holds an A in its low bits.
    uint64_t high, low;
    const char *owner;
    /// CNAME and SRV, else empty. The root is ".".
    const char *target;
};

/// Calls `visit` for each such record of the answer section, in order. Pure.
///
/// Returns the response code (RFC 1035 §4.1.1), -EBADMSG for what is no whole response.
int clinux_dns_read(const uint8_t *message, size_t count,
                    void (*visit)(const struct clinux_dns_record *record, void *context),
                    void *context);

#pragma clang assume_nonnull end

#endif
