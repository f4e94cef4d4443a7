// What Swift does not import: prctl is variadic, and statfs is at once a type and a function.

#include <sys/prctl.h>
#include <sys/timex.h>
#include <sys/vfs.h>

/// Nobody but root may read this process's memory, and it leaves no core file.
static inline int outcry_forbid_dumps(void) {
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/// Whether the kernel's clock is kept by something that knows the time.
static inline int outcry_clock_is_kept(void) {
    struct timex status = {0};
    return adjtimex(&status) != TIME_ERROR;
}

/// Whether a folder lies in memory (tmpfs or ramfs).
static inline int outcry_is_in_memory(const char *path) {
    struct statfs status;
    if (statfs(path, &status) != 0) return 0;
    return status.f_type == 0x01021994 || status.f_type == 0x858458f6;
}
