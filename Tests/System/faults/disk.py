"""Disks that a test fills, cuts from power, or turns read-only: a file with a file system of its
own, or a piece of memory."""

import fcntl
import os
import struct
import subprocess
from contextlib import suppress
from pathlib import Path

SHUTDOWN = 0x8004587D
"""FS_IOC_SHUTDOWN: from here on nothing reaches the disk."""
NO_LOG_FLUSH = 2
"""... and what was not synced before is gone, as without power."""


class Disk:
    """Mounted at a folder within its block."""

    def __init__(self, at: Path, megabytes: int):
        self.at = at
        self._megabytes = megabytes
        self._ballast = at / "ballast"

    def __enter__(self) -> "Disk":
        self.at.mkdir(parents=True, exist_ok=True)
        self.mount()
        return self

    def __exit__(self, *_) -> None:
        # A story that failed may have left a server that has files open here.
        _run("umount", "--lazy", self.at)

    def mount(self) -> None:
        raise NotImplementedError

    def unmount(self) -> None:
        _run("umount", self.at)

    @property
    def free(self) -> int:
        """Bytes, those included that are kept for root: tests are root."""
        status = os.statvfs(self.at)
        return status.f_bfree * status.f_frsize

    def fill(self, left: int) -> None:
        """Takes all room but so many bytes."""
        with self._ballast.open("ab") as ballast, suppress(OSError):
            os.posix_fallocate(ballast.fileno(), 0, max(1, self._size + self.free - left))
            return
        with self._ballast.open("ab", buffering=0) as ballast, suppress(OSError):
            while (room := self.free - left) > 0:
                ballast.write(bytes(min(room, 1 << 16)))

    def give_room(self) -> None:
        self._ballast.unlink()

    @property
    def _size(self) -> int:
        return self._ballast.stat().st_size if self._ballast.exists() else 0


class MemoryDisk(Disk):
    def mount(self) -> None:
        _run("mount", "-t", "tmpfs", "-o", f"size={self._megabytes}m,mode=700", "none", self.at)


class Ext4Disk(Disk):
    """A file with ext4, which turns read-only at an error as most machines have it."""

    def __init__(self, at: Path, megabytes: int):
        super().__init__(at, megabytes)
        self._image = at.with_name(f"{at.name}.ext4")

    def mount(self) -> None:
        if not self._image.exists():
            with self._image.open("wb") as image:
                image.truncate(self._megabytes << 20)
            _run("mkfs.ext4", "-q", "-m", "0", self._image)
        _run("mount", "-o", "loop,errors=remount-ro", self._image, self.at)

    def cut_power(self) -> None:
        """What was not synced is gone; every call fails until it is mounted again."""
        folder = os.open(self.at, os.O_RDONLY)
        try:
            fcntl.ioctl(folder, SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        finally:
            os.close(folder)

    def power_on(self) -> None:
        """Nobody may have a file of it open."""
        self.unmount()
        self.mount()

    def meet_an_error(self) -> None:
        """The kernel finds something wrong with the file system, and allows no more writing."""
        loop = os.path.basename(os.path.realpath(_source(self.at)))
        Path(f"/sys/fs/ext4/{loop}/trigger_fs_error").write_text("1")

    def __exit__(self, *_) -> None:
        super().__exit__()
        self._image.unlink()


def _source(mounted: Path) -> str:
    for line in Path("/proc/self/mounts").read_text().splitlines():
        source, at, *_ = line.split()
        if at == str(mounted):
            return source
    raise FileNotFoundError(mounted)


def _run(program: str, *arguments: object) -> None:
    path = os.environ["PATH"] + ":/usr/sbin:/sbin"
    subprocess.run([program, *map(str, arguments)], check=True, env={"PATH": path})
