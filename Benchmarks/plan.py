"""How much is measured, and for how long."""

from dataclasses import dataclass

# All that runs, the generator included, shares so many.
CORES = 2
# What the slow disk waits before each fsync.
SLOW_SYNC_MS = 2
# Stored signatures, against which more are compared.
FEW = 10_000
# 100 times the nearly 2,000 a minute that took the UK Parliament's site down in 2019.
COUNTED_PER_SECOND = 3_333


@dataclass(frozen=True)
class Plan:
    """How long each part takes; seconds."""

    page: float = 4
    page_rounds: int = 3
    sign: float = 15
    count: float = 30
    slow: float = 20
    ledger: float = 10
    ledger_rounds: int = 4
    stored: float = 5
    stored_rounds: int = 4
    many: int = 1_000_000
    opened: int = 20_000
    open_all: bool = False


QUICK = Plan(page=1, page_rounds=1, sign=3, count=6, slow=4, ledger=4, ledger_rounds=1,
             stored=2, stored_rounds=1,
             many=100_000, opened=2_000)
LONG = Plan(opened=1_000_000, open_all=True)
