#!/usr/bin/env python3
"""Measures what a request costs and prints it beside nginx, a bare Hummingbird and the figures
that Outcry must reach. See README.md; Python 3.11, gcc and nginx are all it needs."""

import argparse
import json
import os
import platform
import resource
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import cached_property
from itertools import islice
from pathlib import Path

import prefill
from monitor import Monitor
from plan import CORES, FEW, LONG, QUICK, SLOW_SYNC_MS, Plan
from servers import (COUNTING, PAGE, ROOT, SLUG, Failed, Installation, Keeper, Load, OutcryProcess,
                     Process, cpu_per_thousand, get, hello, nginx, run_command)
from table import Row, all_rows, render

HERE = Path(__file__).resolve().parent
OUTPUT = HERE / "output"
GZIP = "Accept-Encoding: gzip"


@dataclass
class Bench:
    binary: Path
    hello: Path
    plan: Plan
    work: Path
    memory: Path
    load: Load
    slow_sync: Path
    reports: list[dict]
    found: dict = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def attempt(self, what: str, part: Callable[["Bench"], None]) -> None:
        """One part of the run; the others go on without it."""
        print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)
        try:
            part(self)
        except (Failed, OSError, ValueError, KeyError, sqlite3.Error) as error:
            self.fail(f"{what}: {error or type(error).__name__}")

    def fail(self, reason: str) -> None:
        print(f"         failed: {reason}", file=sys.stderr, flush=True)
        self.failures.append(reason)

    def installation(self, name: str) -> Installation:
        return Installation.new(self.binary, self.work / name, self.memory, self.keeper)

    @cached_property
    def keeper(self) -> Keeper:
        return Keeper.new(self.binary, self.work / "keeper")


# ---- The parts of the run ------------------------------------------------------------------------

def measure_pages(bench: Bench) -> None:
    """Outcry, nginx and a bare Hummingbird by turns, so that what disturbs one disturbs all."""
    with ExitStack() as stack:
        outcry = stack.enter_context(bench.installation("pages").serve())
        page = get(outcry.port, PAGE, Accept_Encoding="gzip")
        if page.header("Content-Encoding") != "gzip":
            raise Failed(f"the action page answers {page.status}, and not gzip'ed")
        bench.found["page_bytes"] = len(page.body)
        plain = get(outcry.port, PAGE).body
        web = stack.enter_context(nginx(bench.work / "nginx", page, plain))
        cases = page_cases("outcry", outcry) + page_cases("nginx", web)
        try:
            bare = stack.enter_context(hello(bench.hello, bench.work / "hello"))
            cases.append(("hello", bare, "/", 200, (GZIP,)))
        except Failed as error:
            bench.fail(str(error))
        costs = {label: [] for label, *_ in cases}
        for _ in range(bench.plan.page_rounds):
            for label, server, path, expect, headers in cases:
                report = bench.load.get(server, path, label, bench.plan.page, expect, headers)
                costs[label].append(cpu_per_thousand(report, "get"))
                if path == PAGE and expect == 200:
                    require_equal(f"bytes of {label}", report["body_bytes"], [len(page.body)] * 2)
    bench.found |= {label: statistics.median(each) for label, each in costs.items()}


def page_cases(name: str, server: Process) -> list[tuple]:
    etag = get(server.port, PAGE, Accept_Encoding="gzip").header("ETag")
    return [(f"{name} 200", server, PAGE, 200, (GZIP,)),
            (f"{name} 304", server, PAGE, 304, (GZIP, f"If-None-Match: {etag}"))]


def measure_signing(bench: Bench) -> None:
    installation = bench.installation("sign")
    with installation.serve() as outcry:
        report = bench.load.sign(outcry, "sign", bench.plan.sign)
    require_rows(installation, report["total"]["signed"], 0)
    bench.found["sign"] = report


def measure_counting(bench: Bench) -> None:
    installation = bench.installation("count")
    with installation.serve() as outcry:
        report, commits = count_with_commits(bench, outcry, "count", bench.plan.count)
        require_number(outcry, report["total"]["counted"])
    require_rows(installation, *totals(report))
    bench.found |= {"count": report, "commits": commits, "counted": installation}


def measure_ledger(bench: Bench) -> None:
    """Counting by turns with and without somebody who reads the whole ledger; and how long the
    public number takes to have the last of them, with a batch a second."""
    installation = bench.installation("ledger")
    rates: dict[bool, list[float]] = {False: [], True: []}
    lags, reads = [], 0
    with installation.serve(OUTCRY_LEDGER_INTERVAL="1") as outcry:
        counted = 0
        for turn in range(bench.plan.ledger_rounds):
            # What comes later has more stored before it.
            for watched in (False, True) if turn % 2 == 0 else (True, False):
                with Monitor(outcry, per_second=200 if watched else 0) as monitor:
                    report = bench.load.count(outcry, "count, ledger", bench.plan.ledger)
                end = time.monotonic()
                counted += report["total"]["counted"]
                require_number(outcry, counted)
                lags.append(time.monotonic() - end)
                rates[watched].append(report["measured"]["confirm"]["per_second"])
                reads += monitor.read
    bench.found["ledger"] = {
        "alone": statistics.median(rates[False]), "watched": statistics.median(rates[True]),
        "lag": max(lags), "read": reads, "entries": counted + 1,
        "bytes": sum(file.stat().st_size for file in
                     (installation.data / "ledger").rglob("*") if file.is_file())}


def measure_slow_disk(bench: Bench) -> None:
    installation = bench.installation("slow")
    slow = {"LD_PRELOAD": str(bench.slow_sync),
            "SLOWSYNC_MICROSECONDS": str(SLOW_SYNC_MS * 1000)}
    with installation.serve(**slow) as outcry:
        if str(bench.slow_sync) not in Path(f"/proc/{outcry.pid}/maps").read_text():
            raise Failed("the shim was not loaded")
        report, commits = count_with_commits(bench, outcry, "count, slow disk", bench.plan.slow)
    if report["measured"]["sign"]["min_ms"] < SLOW_SYNC_MS:
        raise Failed("an answer came faster than the slowed disk allows")
    require_rows(installation, *totals(report))
    bench.found |= {"slow": report, "slow commits": commits}


def measure_stored(bench: Bench) -> None:
    """The same load on few and on many stored signatures, by turns; the few are always few."""
    few, many = prefilled(bench)
    bench.found["many bytes"] = many.database.stat().st_size
    stored = {"few": FEW, "many": bench.plan.many}
    costs: dict[str, list[float]] = {"few": [], "many": []}
    for turn in range(bench.plan.stored_rounds):
        for name, installation in ("few", few.copy(f"few-{turn}")), ("many", many):
            with installation.serve() as outcry:
                require_number(outcry, stored[name])
                report = bench.load.count(outcry, f"{name} stored", bench.plan.stored, warm_up=1)
                expected = stored[name] + report["total"]["counted"]
                require_number(outcry, expected)
            if name == "many":
                stored[name] = expected
            costs[name].append(cpu_per_thousand(report, *COUNTING))
    bench.found |= {f"{name} stored": statistics.median(each) for name, each in costs.items()}


def prefilled(bench: Bench) -> tuple[Installation, Installation]:
    few = bench.installation("few")
    with few.serve() as outcry:
        bench.load.count(outcry, "models for the prefill", 60, warm_up=0, requests=100)
    prefill.fill(few.database, FEW)
    many = few.copy("many")
    prefill.fill(many.database, bench.plan.many)
    for installation, wanted in (few, FEW), (many, bench.plan.many):
        with installation.serve() as outcry:
            start, cpu = time.monotonic(), outcry.cpu()
            require_number(outcry, wanted)
            bench.found[f"sequenced {wanted}"] = {
                "seconds": time.monotonic() - start, "cpu": outcry.cpu() - cpu}
    return few, many


def measure_opening(bench: Bench) -> None:
    """What `outcry open` takes for really sealed records, its key book's passphrase apart."""
    installation = bench.found.get("counted")
    if not installation:
        raise Failed("nothing was counted")
    if bench.plan.open_all:
        count_on(bench, installation, bench.plan.opened)
    export = bench.work / "export"
    installation.run("export", "--data", installation.data, SLUG, "--out", export)
    stored = installation.rows()["record"]
    number = min(bench.plan.opened, stored)
    one = min(time_opening(bench, export, 1)[0] for _ in range(3))
    seconds, cpu = time_opening(bench, export, number)
    if seconds <= one:
        raise Failed(f"{number} records are too few to tell")
    bench.found["open"] = {"records": number, "seconds": seconds, "cpu": cpu, "start": one,
                           "each": (seconds - one) / (number - 1)}


def count_on(bench: Bench, installation: Installation, wanted: int) -> None:
    missing = wanted - installation.rows()["record"]
    if missing > 0:
        with installation.serve() as outcry:
            bench.load.count(outcry, "count on", 24 * 3600, warm_up=0, requests=missing)


def time_opening(bench: Bench, export: Path, number: int) -> tuple[float, float]:
    """Seconds and CPU-seconds for the first records of an export."""
    part, opened = export.with_name("part"), export.with_name("opened.csv")
    with export.open() as whole, part.open("w") as file:
        file.writelines(islice(whole, number + 1))
        file.write(f"end {number}\n")
    keeper, before = bench.keeper, children_cpu()
    start = time.monotonic()
    run_command([bench.binary, "open", "--book", keeper.book, "--passphrase-file",
                 keeper.passphrase, "--in", part, "--out", opened])
    seconds = time.monotonic() - start
    with opened.open() as lines:
        require_equal("opened records", sum(1 for _ in lines) - 1, number)
    return seconds, children_cpu() - before


def children_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


# ---- What must be true of the load ---------------------------------------------------------------

def count_with_commits(
    bench: Bench, outcry: OutcryProcess, label: str, seconds: float
) -> tuple[dict, dict]:
    """The load's report, and how many commits and rows it made."""
    names = {"commits": "outcry_commits_total", "rows": "outcry_commit_rows_total"}
    before, start = {key: outcry.counter(name) for key, name in names.items()}, time.monotonic()
    report = bench.load.count(outcry, label, seconds)
    commits = {key: outcry.counter(name) - before[key] for key, name in names.items()}
    return report, commits | {"seconds": time.monotonic() - start}


def totals(report: dict) -> tuple[int, int]:
    return report["total"]["signed"], report["total"]["counted"]


def require_equal(what: str, found: object, expected: object) -> None:
    if found != expected:
        raise Failed(f"{what}: {found}, and {expected} was expected")


def require_rows(installation: Installation, signed: int, counted: int) -> None:
    """What the generator has seen is what the stopped server has stored."""
    rows = {"pending": signed - counted, "record": counted, "spent": counted}
    require_equal("rows in the database", installation.rows(), rows)


def require_number(outcry: OutcryProcess, expected: int) -> None:
    """The published number follows within a batch or a few."""
    deadline = time.monotonic() + 30 + expected / 5_000
    while (number := outcry.published_number()) != expected:
        if time.monotonic() > deadline:
            raise Failed(f"count.json says {number}, and {expected} was expected")
        time.sleep(0.2)


# ---- The machine ---------------------------------------------------------------------------------

def describe(options: argparse.Namespace, work: Path) -> dict[str, str]:
    version = subprocess.run([options.binary, "--version"], capture_output=True, text=True,
                             check=False).stdout.strip()
    return {
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "processor": f"{cpu_model()}, {len(os.sched_getaffinity(0))} of {os.cpu_count()} cores",
        "kernel": platform.release(),
        "disk": f"{file_system(work)}, fdatasync {sync_microseconds(work):.0f} us",
        "load before": busy(os.getloadavg()[0]),
        "program": f"{options.binary} {version}",
        "connections": f"{options.connections}, keep-alive, loopback",
    }


def busy(load: float) -> str:
    return f"{load:.2f}" + ("; busy, so the figures say little" if load > 0.5 else "")


def cpu_model() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")),
                platform.machine())


def file_system(folder: Path) -> str:
    return run_command(["stat", "--file-system", "--format=%T", folder]).strip()


def sync_microseconds(folder: Path) -> float:
    """What a commit waits for; a cheap one flatters whoever commits one by one."""
    took = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(200):
            file.write(bytes(4096))
            file.flush()
            start = time.perf_counter()
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - start)
    return statistics.median(took) * 1e6


def compile_tools(folder: Path) -> tuple[Path, Path]:
    load, shim = folder / "load", folder / "slowsync.so"
    run_command(["gcc", "-O2", "-o", load, HERE / "load.c"])
    run_command(["gcc", "-O2", "-shared", "-fPIC", "-o", shim, HERE / "slowsync.c", "-ldl"])
    return load, shim


# ---- The whole -----------------------------------------------------------------------------------

def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", type=Path, default=ROOT / ".build/release/outcry")
    parser.add_argument("--hello", type=Path, help="a bare Hummingbird (default: beside --binary)")
    parser.add_argument("--connections", type=int, default=64)
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--quick", action="store_true", help="about a minute, for trials")
    length.add_argument("--long", action="store_true", help="really sign and open 1,000,000")
    options = parser.parse_args()
    options.binary = options.binary.absolute()
    options.hello = (options.hello or options.binary.with_name("bench-hello")).absolute()
    if not options.binary.exists():
        parser.error(f"{options.binary} is missing: make release, or give --binary")
    return options


def measure(bench: Bench) -> None:
    bench.attempt("pages", measure_pages)
    bench.attempt("signing", measure_signing)
    bench.attempt("counting", measure_counting)
    bench.attempt("counting on a slow disk", measure_slow_disk)
    bench.attempt("the ledger", measure_ledger)
    bench.attempt("opening", measure_opening)
    bench.attempt("few and many stored", measure_stored)


def run(options: argparse.Namespace, work: Path, memory: Path) -> int:
    plan = QUICK if options.quick else LONG if options.long else Plan()
    load, shim = compile_tools(work)
    reports: list[dict] = []
    bench = Bench(options.binary, options.hello, plan, work, memory,
                  Load(load, work, options.connections, reports.append), shim, reports)
    head = describe(options, work)
    measure(bench)
    found = bench.found
    rows = all_rows(found, plan.many)
    print("\n".join(f"- {name}: {value}" for name, value in head.items()))
    if options.quick:
        print("- **a quick trial: too short for a verdict**")
    print(f"\n{render(rows, found)}\n")
    for reason in bench.failures:
        print(f"- failed: {reason}")
    write_json(head, rows, bench)
    if bench.failures or any(row.value == "missing" for row in rows):
        return 2
    return 1 if any(row.passed is False for row in rows) else 0


def write_json(head: dict, rows: list[Row], bench: Bench) -> None:
    content = {"machine": head, "rows": [vars(row) for row in rows], "failures": bench.failures,
               "loads": bench.reports}
    (OUTPUT / "bench.json").write_text(json.dumps(content, indent=1) + "\n")


def main() -> int:
    options = parse_arguments()
    # So that folders and servers go, whoever ends this.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    # Two cores for all, the generator included, however many there are.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    OUTPUT.mkdir(exist_ok=True)
    # The data lies on the repository's disk, since a folder for what is temporary may be in
    # memory, where a commit waits for nothing.
    work = Path(tempfile.mkdtemp(prefix="work-", dir=OUTPUT))
    memory = Path(tempfile.mkdtemp(prefix="outcry-bench-", dir="/dev/shm"))
    try:
        return run(options, work, memory)
    finally:
        shutil.rmtree(work, ignore_errors=True)
        shutil.rmtree(memory, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
