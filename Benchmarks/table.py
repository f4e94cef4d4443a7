"""The table: what was measured beside the figures that must be reached."""

from dataclasses import dataclass

from plan import CORES, COUNTED_PER_SECOND, FEW, SLOW_SYNC_MS
from servers import COUNTING, cpu_per_thousand


@dataclass
class Row:
    number: int
    work: str
    value: str = "missing"
    target: str = "-"
    passed: bool | None = None
    cost: float | None = None
    peer: str = "nginx 200"
    notes: str = ""


def cost_row(number: int, work: str, cost: float | None, limit: float | None, **other) -> Row:
    """A row of CPU-seconds per 1,000."""
    row = Row(number, work, target="-" if limit is None else f"<= {limit}", cost=cost, **other)
    if cost is not None:
        row.value = f"{cost:.4f} CPU-s/1000"
        row.passed = None if limit is None else cost <= limit
    return row


def page_rows(found: dict) -> list[Row]:
    size = f"{found.get('page_bytes', 0):,} bytes gzip'ed"
    return [
        cost_row(0, "nginx, the same page", found.get("nginx 200"), None, notes="one worker"),
        cost_row(0, "nginx, the same page, 304", found.get("nginx 304"), None, peer="nginx 304"),
        cost_row(0, "bare Hummingbird, hello", found.get("hello"), None),
        cost_row(1, "action page", found.get("outcry 200"), 0.045, notes=size),
        cost_row(2, "action page, 304", found.get("outcry 304"), None, peer="nginx 304"),
    ]


def request_notes(report: dict, *kinds: str) -> str:
    """How fast, how long each took, and who waited for whom."""
    parts = []
    for kind in kinds:
        each = report["measured"][kind]
        parts.append(f"{kind} {each['per_second']:,.0f}/s, p50 {each['p50_ms']:.1f} ms, "
                     f"p99 {each['p99_ms']:.1f} ms")
    if report["waiting_share"] > 0.01:
        parts.append(f"connections waited for mails {report['waiting_share']:.0%} of the time")
    return "; ".join(parts)


def signing_rows(found: dict) -> list[Row]:
    sign, count, slow = (found.get(name) for name in ("sign", "count", "slow"))
    return [
        cost_row(3, "signature POST", sign and cpu_per_thousand(sign, "sign"), 0.25,
                 notes=sign and request_notes(sign, "sign") or ""),
        cost_row(4, "signature counted", count and cpu_per_thousand(count, *COUNTING), 0.48,
                 notes=count and request_notes(count, *COUNTING) or ""),
        peak_row(count), memory_row(count), commit_row(found.get("commits")),
        cost_row(8, f"row 4, {SLOW_SYNC_MS} ms more each fsync",
                 slow and cpu_per_thousand(slow, *COUNTING), None,
                 notes=slow and request_notes(slow, *COUNTING)
                 + f"; {rows_per_commit(found['slow commits'])}" or ""),
    ]


def peak_row(count: dict | None) -> Row:
    row = Row(5, f"counted per second, {CORES} cores with the generator",
              target=f">= {COUNTED_PER_SECOND:,}")
    if count:
        peak = count["measured"]["confirm"]["per_second"]
        seconds = count["seconds"]
        row.value, row.passed = f"{peak:,.0f}/s", peak >= COUNTED_PER_SECOND
        row.notes = (f"over {seconds:.0f} s; server {count['server_cpu'] / seconds:.2f} cores, "
                     f"generator {count['own_cpu'] / seconds:.2f}")
    return row


def memory_row(count: dict | None) -> Row:
    row = Row(6, "resident memory under that load", target="<= 100 MB")
    if count:
        resident, peak = (count[key] * 1024 / 1e6 for key in ("rss_kb", "hwm_kb"))
        row.value, row.passed = f"{resident:.0f} MB, at most {peak:.0f} MB", peak <= 100
    return row


def rows_per_commit(commits: dict) -> str:
    return f"{commits['rows'] / max(1, commits['commits']):.1f} rows a commit"


def commit_row(commits: dict | None) -> Row:
    row = Row(7, "commits under that load")
    if commits:
        row.value = f"{commits['commits'] / commits['seconds']:,.0f}/s, {rows_per_commit(commits)}"
        row.notes = f"{commits['commits']:,.0f} commits, {commits['rows']:,.0f} rows"
    return row


def sequencing_row(found: dict, many: int) -> Row:
    row = Row(11, f"sequencing {many:,} queued entries, published")
    if sequenced := found.get(f"sequenced {many}"):
        row.value = f"{sequenced['seconds']:.0f} s"
        row.notes = (f"{sequenced['cpu']:.1f} CPU-s, "
                     f"{sequenced['cpu'] / many * 1e6:.0f} us an entry; in 5 s batches")
    return row


def watched_row(found: dict) -> Row:
    row = Row(12, "row 5 while a monitor reads 200 tiles a second", target=">= 0.9 times")
    if ledger := found.get("ledger"):
        ratio = ledger["watched"] / ledger["alone"]
        row.value, row.passed = f"{ratio:.2f} times", ratio >= 0.9
        row.notes = (f"{ledger['watched']:,.0f} against {ledger['alone']:,.0f} counted a second, "
                     f"a batch a second; {ledger['read']:,} tiles read")
    return row


def lag_row(found: dict) -> Row:
    row = Row(13, "until the public number has the last of them")
    if ledger := found.get("ledger"):
        row.value = f"{ledger['lag']:.1f} s"
        row.notes = (f"{ledger['entries']:,} entries, "
                     f"{ledger['bytes'] / ledger['entries']:.0f} bytes each as files")
    return row


def growth_row(found: dict, many: int) -> Row:
    row = Row(9, f"cost at {many:,} stored against {FEW:,}", target="<= 1.2 times")
    if "many stored" in found:
        ratio = found["many stored"] / found["few stored"]
        row.value, row.passed = f"{ratio:.2f} times", ratio <= 1.2
        row.notes = (f"{found['many stored']:.3f} against {found['few stored']:.3f} CPU-s/1000; "
                     f"file {found['many bytes'] / 1e9:.2f} GB")
    return row


def opening_row(found: dict) -> Row:
    row = Row(10, "opening 1,000,000 records")
    if opened := found.get("open"):
        is_whole = opened["records"] >= 1_000_000
        whole = opened["seconds"] if is_whole else opened["start"] + 1_000_000 * opened["each"]
        row.value = f"{whole:.0f} s" + ("" if is_whole else " (extrapolated)")
        row.notes = (f"{opened['records']:,} opened in {opened['seconds']:.1f} s, "
                     f"{opened['each'] * 1e6:.0f} us each after {opened['start']:.1f} s for the "
                     f"passphrase; {opened['cpu']:.1f} CPU-s")
    return row


def render(rows: list[Row], found: dict) -> str:
    lines = ["| | work | measured | target | | x nginx | x bare Hummingbird | notes |",
             "|---|---|---|---|---|---|---|---|"]
    for row in rows:
        verdict = {None: "", True: "pass", False: "**fail**"}[row.passed]
        lines.append("| " + " | ".join([
            str(row.number or ""), row.work, row.value, row.target, verdict,
            times(row.cost, found.get(row.peer)), times(row.cost, found.get("hello")),
            row.notes]) + " |")
    return "\n".join(lines)


def times(cost: float | None, peer: float | None) -> str:
    return f"{cost / peer:.1f}" if cost is not None and peer else "-"


def all_rows(found: dict, many: int) -> list[Row]:
    return [*page_rows(found), *signing_rows(found), growth_row(found, many), opening_row(found),
            sequencing_row(found, many), watched_row(found), lag_row(found)]
