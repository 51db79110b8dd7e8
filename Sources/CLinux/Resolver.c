#define _GNU_SOURCE
#include "CLinuxResolver.h"

#include <arpa/nameser.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <resolv.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

static int64_t milliseconds_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/// Has the resolver ask `server` alone. IPv6 goes where the library itself keeps such servers:
/// behind an entry without a family (resolv/res_init.c).
static int use_server(res_state state, const struct sockaddr *server) {
    state->nscount = 1;
    memset(&state->nsaddr_list[0], 0, sizeof state->nsaddr_list[0]);
    if (server->sa_family == AF_INET) {
        memcpy(&state->nsaddr_list[0], server, sizeof(struct sockaddr_in));
        return 0;
    }
    if (server->sa_family != AF_INET6) return -EAFNOSUPPORT;
    // res_nclose frees what lies in any of the entries.
    if (!state->_u._ext.nsaddrs[0])
        state->_u._ext.nsaddrs[0] = malloc(sizeof(struct sockaddr_in6));
    if (!state->_u._ext.nsaddrs[0]) return -ENOMEM;
    memcpy(state->_u._ext.nsaddrs[0], server, sizeof(struct sockaddr_in6));
    return 0;
}

/// Moves all of `count` bytes, or fails at `deadline`.
static int move_all(int fd, uint8_t *bytes, size_t count, int is_sending, int64_t deadline) {
    while (count > 0) {
        int64_t left = deadline - milliseconds_now();
        if (left <= 0) return -ETIMEDOUT;
        struct pollfd wanted = {.fd = fd, .events = is_sending ? POLLOUT : POLLIN};
        int ready = poll(&wanted, 1, (int)left);
        if (ready < 0 && errno != EINTR) return -errno;
        if (ready <= 0) continue;
        ssize_t moved = is_sending ? send(fd, bytes, count, MSG_NOSIGNAL | MSG_DONTWAIT)
                                   : recv(fd, bytes, count, MSG_DONTWAIT);
        if (moved == 0) return -ECONNRESET;
        if (moved < 0 && errno != EAGAIN && errno != EINTR) return -errno;
        if (moved < 0) continue;
        bytes += moved;
        count -= (size_t)moved;
    }
    return 0;
}

/// Asks one server over TCP. By hand, since the library's own way has no limit in time.
static long ask_over_tcp(const struct sockaddr *server, uint8_t *query, size_t query_size,
                         int timeout_seconds, uint8_t *answer, size_t capacity) {
    int64_t deadline = milliseconds_now() + (int64_t)timeout_seconds * 1000;
    socklen_t size = server->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
                                                   : sizeof(struct sockaddr_in);
    int fd = socket(server->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    long result = connect(fd, server, size) < 0 && errno != EINPROGRESS ? -errno : 0;
    uint8_t prefix[2];
    if (result == 0) result = move_all(fd, query, query_size, 1, deadline);
    if (result == 0) result = move_all(fd, prefix, sizeof prefix, 0, deadline);
    if (result == 0) {
        size_t length = (size_t)prefix[0] << 8 | prefix[1];
        result = length > capacity ? -EMSGSIZE : move_all(fd, answer, length, 0, deadline);
        if (result == 0) result = (long)length;
    }
    close(fd);
    return result;
}

/// Whether a message has the number and the question of the query.
static int answers_query(const uint8_t *answer, size_t count, const uint8_t *query, size_t size) {
    ns_msg asked, answered;
    ns_rr question, echo;
    if (ns_initparse(query, (int)size, &asked) != 0) return 0;
    if (ns_initparse(answer, (int)count, &answered) != 0) return 0;
    if (ns_msg_id(asked) != ns_msg_id(answered)) return 0;
    if (ns_parserr(&asked, ns_s_qd, 0, &question) != 0) return 0;
    if (ns_parserr(&answered, ns_s_qd, 0, &echo) != 0) return 0;
    return ns_rr_type(question) == ns_rr_type(echo) && ns_rr_class(question) == ns_rr_class(echo) &&
           strcasecmp(ns_rr_name(question), ns_rr_name(echo)) == 0;
}

/// The answer to `query` over TCP from the first server that gives one.
static long ask_again(res_state state, const char *name, int type, int timeout_seconds,
                      uint8_t *answer, size_t capacity) {
    // The length comes first, so that both leave in one segment (RFC 7766 §8).
    uint8_t query[2 + NS_PACKETSZ];
    int size = res_nmkquery(state, ns_o_query, name, ns_c_in, type, NULL, 0, NULL, query + 2,
                            NS_PACKETSZ);
    if (size < 0) return -EINVAL;
    query[0] = (uint8_t)(size >> 8);
    query[1] = (uint8_t)size;
    long result = -ETIMEDOUT;
    for (int i = 0; i < state->nscount && i < MAXNS; i++) {
        const struct sockaddr *server = (const struct sockaddr *)&state->nsaddr_list[i];
        if (server->sa_family == 0) server = (const struct sockaddr *)state->_u._ext.nsaddrs[i];
        if (!server) continue;
        result = ask_over_tcp(server, query, (size_t)size + 2, timeout_seconds, answer, capacity);
        if (result < 0) continue;
        // An answer to another question is none.
        if (answers_query(answer, (size_t)result, query + 2, (size_t)size)) return result;
        result = -EBADMSG;
    }
    return result;
}

/// What a query without an answer has come to. The library keeps the last message that it got, and
/// says by the code alone that it told of a failure.
static long failure(res_state state, uint8_t *answer) {
    HEADER *header = (HEADER *)answer;
    int error = errno;
    int is_final = state->res_h_errno != TRY_AGAIN && state->res_h_errno != NETDB_INTERNAL;
    int has_failed = header->rcode == ns_r_servfail || header->rcode == ns_r_notimpl ||
                     header->rcode == ns_r_refused;
    if (!header->qr) return is_final ? -EINVAL : error ? -error : -ETIMEDOUT;
    if (!is_final && !has_failed) return error ? -error : -ETIMEDOUT;
    header->qdcount = header->ancount = header->nscount = header->arcount = 0;
    return NS_HFIXEDSZ;
}

long clinux_dns_ask(const char *name, int type, const struct sockaddr *server,
                    int timeout_seconds, uint8_t *answer, size_t capacity) {
    if (capacity < NS_PACKETSZ || capacity > INT32_MAX) return -EINVAL;
    struct __res_state state = {0};
    if (res_ninit(&state) != 0) return -ENOMEM;
    long result = server ? use_server(&state, server) : 0;
    if (result == 0) {
        state.retrans = timeout_seconds;
        state.retry = 2;
        state.options |= RES_USE_EDNS0 | RES_IGNTC;
        memset(answer, 0, NS_HFIXEDSZ);
        errno = 0;
        result = res_nquery(&state, name, ns_c_in, type, answer, (int)capacity);
        // Truncated to nothing, an answer counts as a failure.
        const HEADER *header = (const HEADER *)answer;
        if (header->qr && header->tc && header->rcode == ns_r_noerror)
            result = ask_again(&state, name, type, timeout_seconds, answer, capacity);
        else if (result < 0)
            result = failure(&state, answer);
        else if (result > (long)capacity)
            result = -EMSGSIZE;
    }
    res_nclose(&state);
    return result;
}

/// The number in eight bytes, the first of which counts most.
static uint64_t get64(const uint8_t *bytes) {
    return (uint64_t)ns_get32(bytes) << 32 | ns_get32(bytes + 4);
}

/// A record, and what it points to.
struct record_room {
    struct clinux_dns_record record;
    ns_rr found;
    char target[NS_MAXDNAME];
};

/// Reads one record. Returns 1 for one that counts, 0 for any other, -EBADMSG.
static int read_record(ns_msg *message, int index, struct record_room *room) {
    if (ns_parserr(message, ns_s_an, index, &room->found) != 0) return -EBADMSG;
    if (ns_rr_class(room->found) != ns_c_in) return 0;
    const uint8_t *bytes = ns_rr_rdata(room->found);
    size_t size = ns_rr_rdlen(room->found);
    const uint8_t *end = bytes + size;
    room->target[0] = 0;
    struct clinux_dns_record *record = &room->record;
    *record = (struct clinux_dns_record){
        .type = ns_rr_type(room->found), .ttl = ns_rr_ttl(room->found),
        .owner = ns_rr_name(room->found), .target = room->target,
    };
    switch (record->type) {
    case ns_t_a:
        if (size != NS_INADDRSZ) return -EBADMSG;
        record->high = (uint32_t)ns_get32(bytes);
        return 1;
    case ns_t_aaaa:
        if (size != NS_IN6ADDRSZ) return -EBADMSG;
        record->high = get64(bytes);
        record->low = get64(bytes + 8);
        return 1;
    case ns_t_srv:
        if (size < 7) return -EBADMSG;
        record->priority = (uint16_t)ns_get16(bytes);
        record->weight = (uint16_t)ns_get16(bytes + 2);
        record->port = (uint16_t)ns_get16(bytes + 4);
        bytes += 6;
        break;
    case ns_t_cname:
        break;
    default:
        return 0;
    }
    // The name must end where the record does, wherever its parts are.
    int used = dn_expand(ns_msg_base(*message), ns_msg_end(*message), bytes, room->target,
                         sizeof room->target);
    if (used < 0 || bytes + used != end) return -EBADMSG;
    if (room->target[0] == 0) strcpy(room->target, ".");
    return 1;
}

int clinux_dns_read(const uint8_t *bytes, size_t count,
                    void (*visit)(const struct clinux_dns_record *record, void *context),
                    void *context) {
    ns_msg message;
    if (count < NS_HFIXEDSZ || count > CLINUX_DNS_MESSAGE) return -EBADMSG;
    if (ns_initparse(bytes, (int)count, &message) != 0) return -EBADMSG;
    if (!ns_msg_getflag(message, ns_f_qr) || ns_msg_getflag(message, ns_f_tc)) return -EBADMSG;
    int code = ns_msg_getflag(message, ns_f_rcode);
    if (code != ns_r_noerror) return code;
    struct record_room room;
    for (int index = 0; index < ns_msg_count(message, ns_s_an); index++) {
        int result = read_record(&message, index, &room);
        if (result < 0) return result;
        if (result > 0) visit(&room.record, context);
    }
    return code;
}
