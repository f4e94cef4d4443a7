"""The check of a log by Go's own code (independent/main.go), built when it is first asked for."""

import atexit
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pytest

SOURCES = Path(__file__).parent / "independent"
# Where Debian's golang-golang-x-mod-dev lies: nothing is downloaded.
ENVIRONMENT = {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOFLAGS": ""}


@cache
def program() -> Path:
    if not shutil.which("go"):
        pytest.skip("Go is missing: Scripts/setup test installs it")
    folder = Path(tempfile.mkdtemp(prefix="independent-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    environment = os.environ | ENVIRONMENT | {"GOCACHE": str(folder / "cache")}
    subprocess.run(["go", "build", "-o", folder / "independent", "."], cwd=SOURCES,
                   env=environment, check=True)
    return folder / "independent"


def check(log: object, vkey: str | None = None, older: tuple[Path, ...] = ()) \
        -> subprocess.CompletedProcess:
    """Checks a folder or an address; prints size and root, or ends with 1 and says why."""
    options = ["-vkey", vkey] if vkey else []
    for file in older:
        options += ["-older", str(file)]
    return subprocess.run([program(), "check", *options, str(log)], capture_output=True, text=True,
                          timeout=120, check=False)
