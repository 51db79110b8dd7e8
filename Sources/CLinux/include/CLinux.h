// The one seam to the kernel.
//
// Every system call and every clock read of Pingora goes through `struct clinux_kernel`, a table
// of functions that belongs to the calling thread. Production threads use `clinux_linux`; tests put
// another table in its place to fail the Nth call, or to stand in for the kernel altogether
// (sockets, time and faults from a seed). An indirect call costs about a nanosecond.
//
// Convention: every function returns a value >= 0, or -errno.

#ifndef CLINUX_H
#define CLINUX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "CLinuxProcess.h"
#include "CLinuxResolver.h"

#pragma clang assume_nonnull begin

/// What SO_PEERCRED says about the process at the other end of a Unix socket.
struct clinux_peer {
    int32_t process;
    uint32_t user;
    uint32_t group;
};

/// Which file a path names, without following a symbolic link.
struct clinux_file {
    uint64_t device;
    uint64_t inode;
    uint32_t mode;
    uint32_t user;
};

/// The most descriptors that Linux takes in one message (SCM_MAX_FD).
enum { CLINUX_MAX_RIGHTS = 253 };

/// The system calls Pingora makes, one function pointer each.
struct clinux_kernel {
    int (*socket)(int domain, int type, int protocol);
    int (*socketpair)(int domain, int type, int protocol, int *numbers);
    int (*bind)(int fd, const struct sockaddr *address, socklen_t size);
    int (*listen)(int fd, int backlog);
    int (*accept)(int fd, struct sockaddr *_Nullable address, socklen_t *_Nullable size);
    int (*connect)(int fd, const struct sockaddr *address, socklen_t size);
    int (*getsockname)(int fd, struct sockaddr *address, socklen_t *size);
    int (*getsockopt)(int fd, int level, int name, int *value);
    int (*setsockopt)(int fd, int level, int name, int value);
    long (*recv)(int fd, void *bytes, size_t count);
    long (*send)(int fd, const void *first, size_t first_count,
                 const void *_Nullable second, size_t second_count);
    int (*shutdown)(int fd, int how);
    int (*close)(int fd);
    long (*read)(int fd, void *bytes, size_t count);
    long (*write)(int fd, const void *bytes, size_t count);
    int (*open)(const char *path, int flags, uint32_t mode);
    int (*unlink)(const char *path);
    int (*fchmod)(int fd, uint32_t mode);
    int (*lstat)(const char *path, struct clinux_file *file);
    int (*lchown)(const char *path, const struct clinux_file *file, uint32_t user,
                  uint32_t group);
    uint32_t (*geteuid)(void);
    int (*peer)(int fd, struct clinux_peer *peer);
    long (*send_rights)(int fd, const void *bytes, size_t count,
                        const int *_Nullable rights, size_t rights_count);
    long (*recv_rights)(int fd, void *bytes, size_t count,
                        int *rights, size_t *rights_count, int *is_truncated);
    int (*poll)(int fd, int events, int timeout_ms);
    int (*epoll_create)(void);
    int (*epoll_ctl)(int epoll, int operation, int fd, uint32_t events, uint64_t token);
    int (*epoll_wait)(int epoll, struct epoll_event *events, int capacity, int timeout_ms);
    int (*eventfd)(void);
    /// Nanoseconds of CLOCK_MONOTONIC.
    int64_t (*monotonic)(void);
    /// Nanoseconds since 1970 of CLOCK_REALTIME.
    int64_t (*realtime)(void);
    /// What only a process that runs as a service calls.
    const struct clinux_process_calls *process;
};

/// The real kernel.
extern const struct clinux_kernel clinux_linux;

/// The calling thread's table. Never null.
extern _Thread_local const struct clinux_kernel * clinux_kernel;

/// Puts `table` in the place of the calling thread's kernel, with a value its functions can find
/// again by `clinux_context()`. Null restores the real one.
void clinux_use_kernel(const struct clinux_kernel *_Nullable table, void *_Nullable context);
void *_Nullable clinux_context(void);
/// The calling thread's table, for a table that wraps it.
const struct clinux_kernel *clinux_current_kernel(void);

static inline int clinux_socket(int domain, int type, int protocol) {
    return clinux_kernel->socket(domain, type, protocol);
}
/// Two connected sockets, non-blocking and close-on-exec.
static inline int clinux_socketpair(int domain, int type, int protocol, int *numbers) {
    return clinux_kernel->socketpair(domain, type, protocol, numbers);
}
static inline int clinux_bind(int fd, const struct sockaddr *address, socklen_t size) {
    return clinux_kernel->bind(fd, address, size);
}
static inline int clinux_listen(int fd, int backlog) { return clinux_kernel->listen(fd, backlog); }
/// Accepts one connection, non-blocking and close-on-exec.
static inline int clinux_accept(int fd, struct sockaddr *_Nullable address,
                                socklen_t *_Nullable size) {
    return clinux_kernel->accept(fd, address, size);
}
static inline int clinux_connect(int fd, const struct sockaddr *address, socklen_t size) {
    return clinux_kernel->connect(fd, address, size);
}
static inline int clinux_getsockname(int fd, struct sockaddr *address,
                                     socklen_t *size) {
    return clinux_kernel->getsockname(fd, address, size);
}
static inline int clinux_getsockopt(int fd, int level, int name, int *value) {
    return clinux_kernel->getsockopt(fd, level, name, value);
}
static inline int clinux_setsockopt(int fd, int level, int name, int value) {
    return clinux_kernel->setsockopt(fd, level, name, value);
}
static inline long clinux_recv(int fd, void *bytes, size_t count) {
    return clinux_kernel->recv(fd, bytes, count);
}
/// Sends up to two pieces in one system call, without SIGPIPE.
static inline long clinux_send(int fd, const void *first, size_t first_count,
                               const void *_Nullable second, size_t second_count) {
    return clinux_kernel->send(fd, first, first_count, second, second_count);
}
static inline int clinux_shutdown(int fd, int how) { return clinux_kernel->shutdown(fd, how); }
static inline int clinux_close(int fd) { return clinux_kernel->close(fd); }
static inline long clinux_read(int fd, void *bytes, size_t count) {
    return clinux_kernel->read(fd, bytes, count);
}
static inline long clinux_write(int fd, const void *bytes, size_t count) {
    return clinux_kernel->write(fd, bytes, count);
}
static inline int clinux_open(const char *path, int flags, uint32_t mode) {
    return clinux_kernel->open(path, flags, mode);
}
static inline int clinux_unlink(const char *path) { return clinux_kernel->unlink(path); }
static inline int clinux_fchmod(int fd, uint32_t mode) { return clinux_kernel->fchmod(fd, mode); }
static inline int clinux_lstat(const char *path, struct clinux_file *file) {
    return clinux_kernel->lstat(path, file);
}
/// Gives the file at `path` to a user and a group, without following a symbolic link. -ESTALE
/// when it is not `file` any more, or has a second name.
static inline int clinux_lchown(const char *path, const struct clinux_file *file, uint32_t user,
                                uint32_t group) {
    return clinux_kernel->lchown(path, file, user, group);
}
static inline uint32_t clinux_geteuid(void) { return clinux_kernel->geteuid(); }
/// The process that connected a Unix socket, or that called listen on it (man 7 unix).
static inline int clinux_peer_of(int fd, struct clinux_peer *peer) {
    return clinux_kernel->peer(fd, peer);
}
/// Sends bytes and up to CLINUX_MAX_RIGHTS descriptors, which travel with the first of the bytes.
/// Never blocks and raises no SIGPIPE.
static inline long clinux_send_rights(int fd, const void *bytes, size_t count,
                                      const int *_Nullable rights, size_t rights_count) {
    return clinux_kernel->send_rights(fd, bytes, count, rights, rights_count);
}
/// Receives bytes and descriptors, which are close-on-exec and belong to the caller. `rights` has
/// room for CLINUX_MAX_RIGHTS. `is_truncated` is 1 when the kernel dropped some (MSG_CTRUNC: too
/// many open files). Never blocks.
static inline long clinux_recv_rights(int fd, void *bytes, size_t count, int *rights,
                                      size_t *rights_count, int *is_truncated) {
    return clinux_kernel->recv_rights(fd, bytes, count, rights, rights_count, is_truncated);
}
/// Waits for POLLIN or POLLOUT on one descriptor. Returns the bits that are ready, 0 when the time
/// has passed.
static inline int clinux_poll(int fd, int events, int timeout_ms) {
    return clinux_kernel->poll(fd, events, timeout_ms);
}
static inline int clinux_epoll_create(void) { return clinux_kernel->epoll_create(); }
static inline int clinux_epoll_ctl(int epoll, int operation, int fd, uint32_t events,
                                   uint64_t token) {
    return clinux_kernel->epoll_ctl(epoll, operation, fd, events, token);
}
static inline int clinux_epoll_wait(int epoll, struct epoll_event *events, int capacity,
                                    int timeout_ms) {
    return clinux_kernel->epoll_wait(epoll, events, capacity, timeout_ms);
}
static inline int clinux_eventfd(void) { return clinux_kernel->eventfd(); }
static inline int64_t clinux_monotonic(void) { return clinux_kernel->monotonic(); }
static inline int64_t clinux_realtime(void) { return clinux_kernel->realtime(); }

// epoll_event is packed and holds a union, which Swift does not import well.
static inline uint64_t clinux_event_token(const struct epoll_event *events, long index) {
    return events[index].data.u64;
}
static inline uint32_t clinux_event_bits(const struct epoll_event *events, long index) {
    return events[index].events;
}
static inline void clinux_event_set(struct epoll_event *events, long index, uint32_t bits,
                                    uint64_t token) {
    events[index].events = bits;
    events[index].data.u64 = token;
}

/// The event loop that runs on this thread, so that an enqueue knows whether it comes from home.
void *_Nullable clinux_current_loop(void);
void clinux_set_current_loop(void *_Nullable loop);

/// Waits for one of SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGUSR1 or SIGUSR2, all of which must be
/// blocked. Returns its number; 0 when `timeout_ms` (-1: none) has passed.
int clinux_wait_signal(int timeout_ms);
/// Blocks those signals in this thread and those it starts later, and ignores SIGPIPE.
void clinux_block_signals(void);

/// The processors this thread may run on, at least 1.
int clinux_processor_count(void);
/// Names the calling thread, as `ps -L` shows it (at most 15 bytes).
void clinux_name_thread(const char *name);

#pragma clang assume_nonnull end

#endif
