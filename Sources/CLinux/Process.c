#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define RESULT(call) ({ __typeof__(call) r = (call); r < 0 ? (__typeof__(r))-errno : r; })

static int linux_fork(void) { return RESULT(fork()); }
static int linux_setsid(void) { return RESULT(setsid()); }
static int linux_waitpid(int process, int *status, int flags) {
    return RESULT(waitpid(process, status, flags));
}
static int linux_pipe(int *ends) { return RESULT(pipe2(ends, O_CLOEXEC)); }
static int linux_dup2(int fd, int target) { return RESULT(dup2(fd, target)); }
static int linux_fcntl(int fd, int command, int value) {
    return RESULT(fcntl(fd, command, value));
}
static int linux_chdir(const char *path) { return RESULT(chdir(path)); }
static uint32_t linux_umask(uint32_t mask) { return umask(mask); }
static int linux_rename(const char *from, const char *to) { return RESULT(rename(from, to)); }
static int linux_link(const char *from, const char *to) { return RESULT(link(from, to)); }
static int linux_flock(int fd, int operation) { return RESULT(flock(fd, operation)); }
static int linux_fstat(int fd, struct clinux_file *file) {
    struct stat status;
    if (fstat(fd, &status) != 0) return -errno;
    file->device = status.st_dev;
    file->inode = status.st_ino;
    file->mode = status.st_mode;
    file->user = status.st_uid;
    return 0;
}
static int linux_fchown(int fd, uint32_t user, uint32_t group) {
    return RESULT(fchown(fd, user, group));
}
static int linux_ftruncate(int fd, int64_t size) { return RESULT(ftruncate(fd, size)); }
static int linux_chmod(const char *path, uint32_t mode) { return RESULT(chmod(path, mode)); }
static int linux_memfd(const char *name) { return RESULT(memfd_create(name, MFD_CLOEXEC)); }
static int linux_setgroups(size_t count, const uint32_t *groups) {
    return RESULT(setgroups(count, groups));
}
static int linux_setgid(uint32_t group) { return RESULT(setgid(group)); }
static int linux_setuid(uint32_t user) { return RESULT(setuid(user)); }
static uint32_t linux_getuid(void) { return getuid(); }
static uint32_t linux_getegid(void) { return getegid(); }
static int linux_getpid(void) { return getpid(); }
static int linux_kill(int process, int signal) { return RESULT(kill(process, signal)); }
static int linux_prctl(int option, unsigned long value) {
    return RESULT(prctl(option, value, 0, 0, 0));
}
static int64_t linux_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return -errno;
    return limit.rlim_cur > INT32_MAX ? INT32_MAX : (int64_t)limit.rlim_cur;
}
static long linux_sendto(int fd, const void *bytes, size_t count, const struct sockaddr *address,
                         socklen_t size) {
    return RESULT(sendto(fd, bytes, count, MSG_NOSIGNAL, address, size));
}
static int linux_inotify(void) { return RESULT(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)); }
static int linux_inotify_add(int fd, const char *path, uint32_t events) {
    return RESULT(inotify_add_watch(fd, path, events));
}

const struct clinux_process_calls clinux_linux_process = {
    .fork = linux_fork,
    .setsid = linux_setsid,
    .waitpid = linux_waitpid,
    .pipe = linux_pipe,
    .dup2 = linux_dup2,
    .fcntl = linux_fcntl,
    .chdir = linux_chdir,
    .umask = linux_umask,
    .rename = linux_rename,
    .link = linux_link,
    .flock = linux_flock,
    .fstat = linux_fstat,
    .fchown = linux_fchown,
    .ftruncate = linux_ftruncate,
    .chmod = linux_chmod,
    .memfd = linux_memfd,
    .setgroups = linux_setgroups,
    .setgid = linux_setgid,
    .setuid = linux_setuid,
    .getuid = linux_getuid,
    .getegid = linux_getegid,
    .getpid = linux_getpid,
    .kill = linux_kill,
    .prctl = linux_prctl,
    .descriptor_limit = linux_descriptor_limit,
    .sendto = linux_sendto,
    .inotify = linux_inotify,
    .inotify_add = linux_inotify_add,
};

#define CALLS (clinux_kernel->process)

int clinux_fork(void) { return CALLS->fork(); }
int clinux_setsid(void) { return CALLS->setsid(); }
int clinux_waitpid(int process, int *status, int flags) {
    return CALLS->waitpid(process, status, flags);
}
int clinux_pipe(int *ends) { return CALLS->pipe(ends); }
int clinux_dup2(int fd, int target) { return CALLS->dup2(fd, target); }
int clinux_fcntl(int fd, int command, int value) { return CALLS->fcntl(fd, command, value); }
int clinux_chdir(const char *path) { return CALLS->chdir(path); }
uint32_t clinux_umask(uint32_t mask) { return CALLS->umask(mask); }
int clinux_rename(const char *from, const char *to) { return CALLS->rename(from, to); }
int clinux_link(const char *from, const char *to) { return CALLS->link(from, to); }
int clinux_flock(int fd, int operation) { return CALLS->flock(fd, operation); }
int clinux_fstat(int fd, struct clinux_file *file) { return CALLS->fstat(fd, file); }
int clinux_fchown(int fd, uint32_t user, uint32_t group) {
    return CALLS->fchown(fd, user, group);
}
int clinux_ftruncate(int fd, int64_t size) { return CALLS->ftruncate(fd, size); }
int clinux_chmod(const char *path, uint32_t mode) { return CALLS->chmod(path, mode); }
int clinux_memfd(const char *name) { return CALLS->memfd(name); }
int clinux_setgroups(size_t count, const uint32_t *groups) {
    return CALLS->setgroups(count, groups);
}
int clinux_setgid(uint32_t group) { return CALLS->setgid(group); }
int clinux_setuid(uint32_t user) { return CALLS->setuid(user); }
uint32_t clinux_getuid(void) { return CALLS->getuid(); }
uint32_t clinux_getegid(void) { return CALLS->getegid(); }
int clinux_getpid(void) { return CALLS->getpid(); }
int clinux_kill(int process, int signal) { return CALLS->kill(process, signal); }
int clinux_prctl(int option, unsigned long value) { return CALLS->prctl(option, value); }
int64_t clinux_descriptor_limit(void) { return CALLS->descriptor_limit(); }
long clinux_sendto(int fd, const void *bytes, size_t count, const struct sockaddr *address,
                   socklen_t size) {
    return CALLS->sendto(fd, bytes, count, address, size);
}
int clinux_inotify(void) { return CALLS->inotify(); }
int clinux_inotify_add(int fd, const char *path, uint32_t events) {
    return CALLS->inotify_add(fd, path, events);
}

/// Reads a decimal number below UINT32_MAX, which stands for "none" (man 2 chown).
static int parse_id(const char *text, uint32_t *id) {
    uint64_t value = 0;
    if (*text == 0) return 0;
    for (; *text; text++) {
        if (*text < '0' || *text > '9') return 0;
        value = value * 10 + (uint64_t)(*text - '0');
        if (value >= UINT32_MAX) return 0;
    }
    *id = (uint32_t)value;
    return 1;
}

/// What a line of the user database may take; getpwnam_r asks for more by ERANGE.
enum { SMALLEST_ENTRY = 4096, LARGEST_ENTRY = 1 << 20 };

/// Whether an error says no more than that there is no such entry (man 3 getpwnam).
static int means_missing(int error) {
    return error == 0 || error == ENOENT || error == ESRCH || error == EBADF || error == EPERM;
}

/// Finds by name, or by `id` where `name` is null. A miss is -ENOENT (man 3 getpwnam_r).
static int find_user_entry(const char *name, uint32_t id, struct clinux_user *user) {
    for (size_t size = SMALLEST_ENTRY; size <= LARGEST_ENTRY; size *= 4) {
        char *room = malloc(size);
        if (!room) return -ENOMEM;
        struct passwd entry, *found = NULL;
        int error = name ? getpwnam_r(name, &entry, room, size, &found)
                         : getpwuid_r(id, &entry, room, size, &found);
        if (found && strlen(entry.pw_name) < sizeof user->name) {
            *user = (struct clinux_user){.id = entry.pw_uid, .group = entry.pw_gid};
            strcpy(user->name, entry.pw_name);
            free(room);
            return 0;
        }
        free(room);
        if (error == EINTR) size /= 4;
        else if (error != ERANGE) return means_missing(error) ? -ENOENT : -error;
    }
    return -ERANGE;
}

int clinux_find_user(const char *text, struct clinux_user *user) {
    int result = find_user_entry(text, 0, user);
    uint32_t id;
    if (result == 0 || !parse_id(text, &id)) return result;
    if (find_user_entry(NULL, id, user) != 0)
        *user = (struct clinux_user){.id = id, .group = UINT32_MAX};
    return 0;
}

int clinux_find_group(const char *text, uint32_t *group) {
    for (size_t size = SMALLEST_ENTRY; size <= LARGEST_ENTRY; size *= 4) {
        char *room = malloc(size);
        if (!room) return -ENOMEM;
        struct group entry, *found = NULL;
        int error = getgrnam_r(text, &entry, room, size, &found);
        if (found) *group = entry.gr_gid;
        free(room);
        if (found || parse_id(text, group)) return 0;
        if (error == EINTR) size /= 4;
        else if (error != ERANGE) return means_missing(error) ? -ENOENT : -error;
    }
    return -ERANGE;
}

int clinux_groups_of(const struct clinux_user *user, uint32_t group, uint32_t *groups,
                     int capacity) {
    if (capacity < 1) return -ERANGE;
    groups[0] = group;
    if (user->name[0] == 0) return 1;
    int count = capacity;
    return getgrouplist(user->name, group, groups, &count) < 0 ? -ERANGE : count;
}

int clinux_thread_count(void) {
    // The kernel counts one link for each thread besides the usual two (fs/proc/base.c).
    struct stat status;
    if (stat("/proc/self/task", &status) != 0 || status.st_nlink < 3) return 1;
    return (int)status.st_nlink - 2;
}

void clinux_ignore_broken_pipes(void) { signal(SIGPIPE, SIG_IGN); }

int clinux_getcwd(char *path, size_t capacity) { return getcwd(path, capacity) ? 0 : -errno; }

void clinux_raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}
