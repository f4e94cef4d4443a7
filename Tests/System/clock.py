"""A clock for one server that a test sets: the rest of the machine keeps its own.

A library of a few lines, laid over the system's, adds what the test says to every wall-clock time
the server asks for. Clocks that only measure how long something takes are left alone.
"""

import os
import shutil
import struct
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

SOURCE = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile const long *ahead;

__attribute__((constructor)) static void look_at_the_clock(void) {
    int file = open(getenv("TEST_CLOCK"), O_RDONLY);
    ahead = mmap(NULL, sizeof *ahead, PROT_READ, MAP_SHARED, file, 0);
    close(file);
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    long failed = syscall(SYS_clock_gettime, clock, time);
    if (!failed && ahead && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        time->tv_sec += *ahead;
    return (int)failed;
}

int gettimeofday(struct timeval *time, void *zone) {
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    *time = (struct timeval){now.tv_sec, now.tv_nsec / 1000};
    return 0;
}

time_t time(time_t *seconds) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (seconds) *seconds = now.tv_sec;
    return now.tv_sec;
}
"""


class Clock:
    """Goes on from wherever it is set to."""

    def __init__(self, folder: Path):
        compiler = shutil.which("clang") or shutil.which("cc")
        assert compiler, "no C compiler on the PATH: Swift brings one"
        source, library = folder / "clock.c", folder / "clock.so"
        source.write_text(SOURCE)
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source], check=True)
        self._file = folder / "clock"
        self._seconds_ahead = 0
        self._write()
        self.environment = {"LD_PRELOAD": str(library), "TEST_CLOCK": str(self._file)}

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(0, UTC) + timedelta(seconds=time.time() + self._seconds_ahead)

    def set(self, to: datetime) -> None:
        """To a time in UTC."""
        epoch = datetime(1970, 1, 1, tzinfo=UTC)
        self._seconds_ahead = round((to - epoch).total_seconds() - time.time())
        self._write()

    def go_on(self, **by: float) -> None:
        """By `days`, `hours`, `minutes` or `seconds`, which may be less than none."""
        self._seconds_ahead += round(timedelta(**by).total_seconds())
        self._write()

    def _write(self) -> None:
        # In place, at once: the server has this file in its memory.
        descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600)
        os.pwrite(descriptor, struct.pack("@l", self._seconds_ahead), 0)
        os.close(descriptor)
