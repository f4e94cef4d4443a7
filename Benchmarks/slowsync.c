// Makes a cheap disk honest: waits before every fsync and fdatasync that would reach one.
// Build: gcc -O2 -shared -fPIC -o slowsync.so slowsync.c -ldl
// Use: LD_PRELOAD=./slowsync.so SLOWSYNC_MICROSECONDS=2000 PROGRAM

#define _GNU_SOURCE
#include <dlfcn.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <sys/vfs.h>
#include <unistd.h>

// What lies in memory has no disk to wait for, in this test or anywhere.
static int is_in_memory(int fd) {
    struct statfs status;
    return fstatfs(fd, &status) == 0
        && (status.f_type == TMPFS_MAGIC || status.f_type == RAMFS_MAGIC);
}

static int delayed(const char *name, int fd) {
    const char *setting = getenv("SLOWSYNC_MICROSECONDS");
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    if (setting && !is_in_memory(fd)) usleep((useconds_t)atoi(setting));
    return real(fd);
}

int fsync(int fd) { return delayed("fsync", fd); }

int fdatasync(int fd) { return delayed("fdatasync", fd); }
