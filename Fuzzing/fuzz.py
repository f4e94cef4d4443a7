"""Runs libFuzzer over every target in turn and prints what came of it (`make fuzz`).

FUZZ_SECONDS is the time for all of them (600), FUZZ_TARGETS names some only. What is found is kept
in Fuzzing/output: `corpus` goes on from the last run, `crashes` has the inputs that break something.
"""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT / "Fuzzing/Corpus"
OUTPUT = ROOT / "Fuzzing/output"
FUZZER = ROOT / ".build-fuzz/release/fuzz"

# An input may take ten seconds and hold 64 MiB at once; the process, AddressSanitizer's own
# memory included, a gigabyte.
BOUNDS = ["-timeout=10", "-malloc_limit_mb=64", "-rss_limit_mb=1024"]


def targets():
    """The name of every target, with the longest input in bytes."""
    listing = subprocess.run([FUZZER], check=True, capture_output=True, text=True, env=quiet()).stdout
    return {name: int(longest) for name, longest in map(str.split, listing.splitlines())}


def quiet():
    """Swift's own report of a crash waits for a process that AddressSanitizer has stopped."""
    return os.environ | {"SWIFT_BACKTRACE": "enable=no"}


def run(target, longest, seconds):
    """One target for some seconds; the row of the table and the inputs that broke something."""
    corpus, crashes = OUTPUT / "corpus" / target, OUTPUT / "crashes" / target
    log = OUTPUT / f"{target}.log"
    for folder in (corpus, crashes):
        folder.mkdir(parents=True, exist_ok=True)
    before = set(crashes.iterdir())
    command = [
        str(FUZZER),
        f"-max_total_time={seconds}",
        f"-max_len={longest}",
        f"-artifact_prefix={crashes}/",
        "-print_final_stats=1",
        *BOUNDS,
        str(corpus),
        str(CORPUS / target),
    ]
    # Little freed memory is held back, so that the peak tells what the target takes.
    environment = quiet() | {"FUZZ_TARGET": target, "ASAN_OPTIONS": "quarantine_size_mb=16"}
    with open(log, "wb") as file:
        subprocess.run(command, env=environment, stdout=file, stderr=file, timeout=seconds + 120)
    text = log.read_text(errors="replace")
    return row(target, text), sorted(set(crashes.iterdir()) - before)


def row(target, text):
    """What libFuzzer says at its end, as the cells of one row."""

    def last(pattern):
        found = re.findall(pattern, text)
        return found[-1] if found else "-"

    return [
        target,
        last(r"number_of_executed_units: (\d+)"),
        last(r"corp: (\d+)/"),
        last(r"cov: (\d+)"),
        last(r"peak_rss_mb: *(\d+)"),
    ]


def explain(target, crash):
    """How to see it again, and how to keep it for good."""
    place = crash.relative_to(ROOT)
    print(f"\n{target}: {place}")
    print(f"  what broke:  Fuzzing/output/{target}.log")
    print(f"  once more:   FUZZ_TARGET={target} .build-fuzz/release/fuzz {place}")
    print(f"  keep it:     cp {place} Fuzzing/Corpus/{target}/WHAT-IT-IS")
    print("  and then:    swift test --filter FuzzTests fails until it is mended")


def main():
    longest = targets()
    chosen = os.environ.get("FUZZ_TARGETS", " ".join(longest)).split()
    each = max(1, int(os.environ.get("FUZZ_SECONDS", "600")) // len(chosen))
    heads = ["target", "executions", "corpus", "coverage", "peak MiB", "crashes"]
    print(("{:<12}" + "{:>12}" * 5).format(*heads))
    found = []
    started = time.monotonic()
    for target in chosen:
        cells, crashes = run(target, longest[target], each)
        print(("{:<12}" + "{:>12}" * 5).format(*cells, len(crashes)), flush=True)
        found += [(target, crash) for crash in crashes]
    print(f"{time.monotonic() - started:.0f} seconds")
    for target, crash in found:
        explain(target, crash)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
