"""Limits that the kernel sets to one server's memory."""

import os
from pathlib import Path

GROUPS = Path("/sys/fs/cgroup")


class MemoryGroup:
    """A control group of its own, of the first or second kind, within its block."""

    def __init__(self, name: str):
        is_second = (GROUPS / "cgroup.controllers").exists()
        self._folder = GROUPS / ("" if is_second else "memory") / name
        self._limit = "memory.max" if is_second else "memory.limit_in_bytes"
        self._usage = "memory.current" if is_second else "memory.usage_in_bytes"
        if is_second:
            controllers = GROUPS / "cgroup.subtree_control"
            if "memory" not in controllers.read_text():
                controllers.write_text("+memory")

    def __enter__(self) -> "MemoryGroup":
        self._folder.mkdir()
        return self

    def __exit__(self, *_) -> None:
        self._folder.rmdir()

    @property
    def joining(self) -> list[str]:
        """A command that joins the group and becomes what follows it."""
        return ["sh", "-c", f'echo $$ > {self._folder}/cgroup.procs && exec "$@"', "sh"]

    @property
    def used(self) -> int:
        """Bytes that are charged to the group now."""
        return int((self._folder / self._usage).read_text())

    def limit(self, size: int | None) -> None:
        """To so many bytes, or to none."""
        none = "max" if self._limit == "memory.max" else "-1"
        (self._folder / self._limit).write_text(none if size is None else str(size))


def can_limit_memory() -> bool:
    if (GROUPS / "cgroup.controllers").exists():
        return "memory" in (GROUPS / "cgroup.controllers").read_text()
    return os.access(GROUPS / "memory", os.W_OK)
