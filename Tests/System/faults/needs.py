"""What a story needs of the machine; without it, it is skipped and says why."""

import os
import shutil

import pytest


def needs(*programs: str, root: bool = False) -> pytest.MarkDecorator:
    missing = [program for program in programs if not _find(program)]
    if root and os.geteuid() != 0:
        missing.insert(0, "root")
    return pytest.mark.skipif(
        bool(missing), reason=f"this story needs {', '.join(missing)}: not done here")


def _find(program: str) -> str | None:
    return shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
