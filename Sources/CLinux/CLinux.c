#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define RESULT(call) ({ __typeof__(call) r = (call); r < 0 ? (__typeof__(r))-errno : r; })

static int linux_socket(int domain, int type, int protocol) {
    return RESULT(socket(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol));
}
static int linux_socketpair(int domain, int type, int protocol, int *numbers) {
    return RESULT(socketpair(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol, numbers));
}
static int linux_bind(int fd, const struct sockaddr *address, socklen_t size) {
    return RESULT(bind(fd, address, size));
}
static int linux_listen(int fd, int backlog) { return RESULT(listen(fd, backlog)); }
static int linux_accept(int fd, struct sockaddr *address, socklen_t *size) {
    return RESULT(accept4(fd, address, size, SOCK_NONBLOCK | SOCK_CLOEXEC));
}
static int linux_connect(int fd, const struct sockaddr *address, socklen_t size) {
    return RESULT(connect(fd, address, size));
}
static int linux_getsockname(int fd, struct sockaddr *address, socklen_t *size) {
    return RESULT(getsockname(fd, address, size));
}
static int linux_getsockopt(int fd, int level, int name, int *value) {
    socklen_t size = sizeof *value;
    return RESULT(getsockopt(fd, level, name, value, &size));
}
static int linux_setsockopt(int fd, int level, int name, int value) {
    // SO_LINGER is the one option that takes more than an int; the value is its seconds.
    struct linger linger = {.l_onoff = 1, .l_linger = value};
    if (level == SOL_SOCKET && name == SO_LINGER)
        return RESULT(setsockopt(fd, level, name, &linger, sizeof linger));
    return RESULT(setsockopt(fd, level, name, &value, sizeof value));
}
static long linux_recv(int fd, void *bytes, size_t count) {
    return RESULT(recv(fd, bytes, count, 0));
}
static long linux_send(int fd, const void *first, size_t first_count, const void *second,
                       size_t second_count) {
    if (second_count == 0) return RESULT(send(fd, first, first_count, MSG_NOSIGNAL));
    struct iovec pieces[2] = {{(void *)first, first_count}, {(void *)second, second_count}};
    struct msghdr message = {.msg_iov = pieces, .msg_iovlen = 2};
    return RESULT(sendmsg(fd, &message, MSG_NOSIGNAL));
}
static int linux_shutdown(int fd, int how) { return RESULT(shutdown(fd, how)); }
static int linux_close(int fd) { return RESULT(close(fd)); }
static long linux_read(int fd, void *bytes, size_t count) { return RESULT(read(fd, bytes, count)); }
static long linux_write(int fd, const void *bytes, size_t count) {
    return RESULT(write(fd, bytes, count));
}
static int linux_open(const char *path, int flags, uint32_t mode) {
    return RESULT(open(path, flags | O_CLOEXEC, mode));
}
static int linux_unlink(const char *path) { return RESULT(unlink(path)); }
static int linux_fchmod(int fd, uint32_t mode) { return RESULT(fchmod(fd, mode)); }
static int linux_lstat(const char *path, struct clinux_file *file) {
    struct stat status;
    if (lstat(path, &status) != 0) return -errno;
    *file = (struct clinux_file){status.st_dev, status.st_ino, status.st_mode, status.st_uid};
    return 0;
}
static int linux_lchown(const char *path, const struct clinux_file *file, uint32_t user,
                        uint32_t group) {
    // A descriptor of the file itself: the path may name another one a moment later.
    int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return -errno;
    struct stat status;
    int result = RESULT(fstat(fd, &status));
    // Somebody may have put another name of somebody else's file there: that has two.
    if (result == 0 && (status.st_dev != file->device || status.st_ino != file->inode ||
                        status.st_mode != file->mode || status.st_nlink != 1))
        result = -ESTALE;
    if (result == 0) result = RESULT(fchownat(fd, "", user, group, AT_EMPTY_PATH));
    close(fd);
    return result;
}
static uint32_t linux_geteuid(void) { return geteuid(); }
static int linux_peer(int fd, struct clinux_peer *peer) {
    struct ucred credentials;
    socklen_t size = sizeof credentials;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return -errno;
    *peer = (struct clinux_peer){credentials.pid, credentials.uid, credentials.gid};
    return 0;
}

/// Room for the descriptors of one message, aligned as the kernel wants it.
union rights_room {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int) * CLINUX_MAX_RIGHTS)];
};

static long linux_send_rights(int fd, const void *bytes, size_t count, const int *rights,
                              size_t rights_count) {
    if (rights_count > CLINUX_MAX_RIGHTS) return -EINVAL;
    struct iovec piece = {(void *)bytes, count};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
    union rights_room room;
    if (rights_count > 0) {
        size_t size = sizeof(int) * rights_count;
        memset(&room, 0, sizeof room);
        message.msg_control = room.bytes;
        message.msg_controllen = CMSG_SPACE(size);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(size);
        memcpy(CMSG_DATA(header), rights, size);
    }
    return RESULT(sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT));
}

static long linux_recv_rights(int fd, void *bytes, size_t count, int *rights,
                              size_t *rights_count, int *is_truncated) {
    struct iovec piece = {bytes, count};
    union rights_room room;
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = room.bytes,
                             .msg_controllen = sizeof room.bytes};
    *rights_count = 0;
    *is_truncated = 0;
    ssize_t received = recvmsg(fd, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (received < 0) return -errno;
    *is_truncated = (message.msg_flags & MSG_CTRUNC) != 0;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header;
         header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        size_t found = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < found; i++) {
            int right;
            memcpy(&right, CMSG_DATA(header) + i * sizeof right, sizeof right);
            // The padding of the room has space for one more than any message may carry.
            if (*rights_count < CLINUX_MAX_RIGHTS) rights[(*rights_count)++] = right;
            else close(right);
        }
    }
    return received;
}

static int linux_poll(int fd, int events, int timeout_ms) {
    struct pollfd wanted = {.fd = fd, .events = (short)events};
    int count = poll(&wanted, 1, timeout_ms);
    if (count < 0) return -errno;
    return count == 0 ? 0 : wanted.revents;
}
static int linux_epoll_create(void) { return RESULT(epoll_create1(EPOLL_CLOEXEC)); }
static int linux_epoll_ctl(int epoll, int operation, int fd, uint32_t events, uint64_t token) {
    struct epoll_event event = {.events = events, .data.u64 = token};
    return RESULT(epoll_ctl(epoll, operation, fd, &event));
}
static int linux_epoll_wait(int epoll, struct epoll_event *events, int capacity, int timeout_ms) {
    return RESULT(epoll_wait(epoll, events, capacity, timeout_ms));
}
static int linux_eventfd(void) { return RESULT(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)); }
static int64_t nanoseconds(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}
static int64_t linux_monotonic(void) { return nanoseconds(CLOCK_MONOTONIC); }
static int64_t linux_realtime(void) { return nanoseconds(CLOCK_REALTIME); }

const struct clinux_kernel clinux_linux = {
    .socket = linux_socket,
    .socketpair = linux_socketpair,
    .bind = linux_bind,
    .listen = linux_listen,
    .accept = linux_accept,
    .connect = linux_connect,
    .getsockname = linux_getsockname,
    .getsockopt = linux_getsockopt,
    .setsockopt = linux_setsockopt,
    .recv = linux_recv,
    .send = linux_send,
    .shutdown = linux_shutdown,
    .close = linux_close,
    .read = linux_read,
    .write = linux_write,
    .open = linux_open,
    .unlink = linux_unlink,
    .fchmod = linux_fchmod,
    .lstat = linux_lstat,
    .lchown = linux_lchown,
    .geteuid = linux_geteuid,
    .peer = linux_peer,
    .send_rights = linux_send_rights,
    .recv_rights = linux_recv_rights,
    .poll = linux_poll,
    .epoll_create = linux_epoll_create,
    .epoll_ctl = linux_epoll_ctl,
    .epoll_wait = linux_epoll_wait,
    .eventfd = linux_eventfd,
    .monotonic = linux_monotonic,
    .realtime = linux_realtime,
    .process = &clinux_linux_process,
};

_Thread_local const struct clinux_kernel *clinux_kernel = &clinux_linux;
static _Thread_local void *kernel_context;
static _Thread_local void *current_loop;

void clinux_use_kernel(const struct clinux_kernel *table, void *context) {
    clinux_kernel = table ? table : &clinux_linux;
    kernel_context = context;
}
void *clinux_context(void) { return kernel_context; }
const struct clinux_kernel *clinux_current_kernel(void) { return clinux_kernel; }
void *clinux_current_loop(void) { return current_loop; }
void clinux_set_current_loop(void *loop) { current_loop = loop; }

static sigset_t handled_signals(void) {
    sigset_t set;
    sigemptyset(&set);
    const int signals[] = {SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) sigaddset(&set, signals[i]);
    return set;
}

void clinux_block_signals(void) {
    sigset_t set = handled_signals();
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

int clinux_wait_signal(int timeout_ms) {
    sigset_t set = handled_signals();
    struct timespec limit = {timeout_ms / 1000, (long)(timeout_ms % 1000) * 1000000};
    for (;;) {
        int signal = sigtimedwait(&set, NULL, timeout_ms < 0 ? NULL : &limit);
        if (signal > 0) return signal;
        if (errno != EINTR) return 0;
    }
}

int clinux_processor_count(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
    int count = CPU_COUNT(&set);
    return count > 0 ? count : 1;
}

void clinux_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }
