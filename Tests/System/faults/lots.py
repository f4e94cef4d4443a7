"""How much is done, and what chance decides."""

import os
import random

RUNS = int(os.environ.get("OUTCRY_FAULT_RUNS", "30"))
"""How often the server is killed under load; more than 30 is the long form of every story."""

SEED = os.environ.get("OUTCRY_FAULT_SEED", "2017")
IS_LONG = RUNS > 30


def runs(short: int, long: int) -> int:
    """How often to do something else: `long` goes with a thousand kills."""
    return max(short, long * RUNS // 1000) if IS_LONG else short


def lots(story: str) -> random.Random:
    return random.Random(f"{SEED} {story}")
