// The system calls of a process that runs as a service: a part of the table in CLinux.h, whose
// convention they follow. None is made while requests are served.

#ifndef CLINUX_PROCESS_H
#define CLINUX_PROCESS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#pragma clang assume_nonnull begin

struct clinux_file;

/// The calls, one function pointer each.
struct clinux_process_calls {
    int (*fork)(void);
    int (*setsid)(void);
    int (*waitpid)(int process, int *status, int flags);
    int (*pipe)(int *ends);
    int (*dup2)(int fd, int target);
    int (*fcntl)(int fd, int command, int value);
    int (*chdir)(const char *path);
    uint32_t (*umask)(uint32_t mask);
    int (*rename)(const char *from, const char *to);
    int (*link)(const char *from, const char *to);
    int (*flock)(int fd, int operation);
    int (*fstat)(int fd, struct clinux_file *file);
    int (*fchown)(int fd, uint32_t user, uint32_t group);
    int (*ftruncate)(int fd, int64_t size);
    int (*chmod)(const char *path, uint32_t mode);
    int (*memfd)(const char *name);
    int (*setgroups)(size_t count, const uint32_t *groups);
    int (*setgid)(uint32_t group);
    int (*setuid)(uint32_t user);
    uint32_t (*getuid)(void);
    uint32_t (*getegid)(void);
    int (*getpid)(void);
    int (*kill)(int process, int signal);
    int (*prctl)(int option, unsigned long value);
    int64_t (*descriptor_limit)(void);
    long (*sendto)(int fd, const void *bytes, size_t count, const struct sockaddr *address,
                   socklen_t size);
    int (*inotify)(void);
    int (*inotify_add)(int fd, const char *path, uint32_t events);
};

/// The real ones.
extern const struct clinux_process_calls clinux_linux_process;

/// Forks. Only before a second thread starts: the child has the calling thread alone, and whatever
/// lock another one held stays locked in it.
int clinux_fork(void);
int clinux_setsid(void);
int clinux_waitpid(int process, int *status, int flags);
/// Makes a pipe, close-on-exec: `ends[0]` is read, `ends[1]` is written.
int clinux_pipe(int *_Nonnull ends);
/// Makes `target` a duplicate of `fd`, which a program started by exec inherits.
int clinux_dup2(int fd, int target);
int clinux_fcntl(int fd, int command, int value);
int clinux_chdir(const char *path);
uint32_t clinux_umask(uint32_t mask);
int clinux_rename(const char *from, const char *to);
/// Gives a file one more name. Fails with EEXIST where `to` is there; never follows links.
int clinux_link(const char *from, const char *to);
int clinux_flock(int fd, int operation);
int clinux_fstat(int fd, struct clinux_file *file);
int clinux_fchown(int fd, uint32_t user, uint32_t group);
int clinux_ftruncate(int fd, int64_t size);
int clinux_chmod(const char *path, uint32_t mode);
/// Makes a file in memory, close-on-exec, which /proc shows by this name (man 2 memfd_create).
int clinux_memfd(const char *name);
/// Sets the supplementary groups of all threads of the process.
int clinux_setgroups(size_t count, const uint32_t *groups);
/// Sets the real, effective and saved group (by a privileged process) of all threads.
int clinux_setgid(uint32_t group);
/// Sets the real, effective and saved user (by a privileged process) of all threads.
int clinux_setuid(uint32_t user);
uint32_t clinux_getuid(void);
uint32_t clinux_getegid(void);
int clinux_getpid(void);
int clinux_kill(int process, int signal);
/// For options with one argument: PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER.
int clinux_prctl(int option, unsigned long value);
/// How many descriptors the process may have open (RLIMIT_NOFILE).
int64_t clinux_descriptor_limit(void);
/// Sends a datagram, without SIGPIPE.
long clinux_sendto(int fd, const void *bytes, size_t count, const struct sockaddr *address,
                   socklen_t size);
/// Makes a queue of what happens to files, non-blocking and close-on-exec (man 7 inotify).
int clinux_inotify(void);
/// Has the queue tell of events at `path`, a directory or a file. Returns their mark.
int clinux_inotify_add(int fd, const char *path, uint32_t events);

/// A user as the system's databases know it.
struct clinux_user {
    uint32_t id;
    /// The primary group; UINT32_MAX where the user has no entry.
    uint32_t group;
    /// Empty where the user has no entry.
    char name[256];
};

/// Finds a user by name, else by number; a number needs no entry. Fails with -ENOENT where there is
/// none. Asks whatever /etc/nsswitch.conf says, which may take time.
int clinux_find_user(const char *text, struct clinux_user *user);
/// Finds a group in the same way.
int clinux_find_group(const char *text, uint32_t *group);
/// The groups that `user` is a member of, `group` included, as initgroups would set them. Returns
/// their count, or -ERANGE where they are more than `capacity`.
int clinux_groups_of(const struct clinux_user *user, uint32_t group, uint32_t *groups,
                     int capacity);

/// The threads of the calling process; 1 where /proc is not mounted.
int clinux_thread_count(void);
/// Raises the soft limit on descriptors (RLIMIT_NOFILE) to the hard one.
void clinux_raise_descriptor_limit(void);
/// Has writing to a closed pipe fail with EPIPE instead of ending the process.
void clinux_ignore_broken_pipes(void);
/// Writes the working directory to `path`.
int clinux_getcwd(char *path, size_t capacity);

#pragma clang assume_nonnull end

#endif
