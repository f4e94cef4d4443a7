"""`outcry ledger verify` as somebody outside runs it, and a log with everything that may happen."""

import json

import ledger
from outcry import Ran, run


def verify(log: object, *options: object) -> Ran:
    return run("ledger", "verify", log, *options)


def report(log: object, *options: object, code: int = 0) -> dict:
    ran = verify(log, "--json", *options)
    assert ran.code == code, str(ran)
    read = json.loads(ran.stdout)
    assert read["ok"] == (code == 0)
    assert bool(read["problems"]) == (code != 0)
    return read


def eventful() -> ledger.Log:
    """A log with everything that may happen."""
    log = ledger.Log()
    log.sign(600)
    log.withdraw(3)
    log.withdraw(300)
    log.judge(ledger.ASIDE, 5)
    log.judge(ledger.ASIDE, 6, ledger.DISPOSABLE)
    log.judge(ledger.ASIDE, 7)
    log.judge(ledger.READMIT, 7)
    log.withdraw(6)
    log.remove(8)
    log.state(ledger.PAPER, "120 signatures on paper", ledger.number(120))
    slip = log.state(ledger.PAPER, "210 signatures on paper", ledger.number(210))
    log.state(ledger.PAPER, "Taken back: a slip", ledger.batch(slip))
    log.state(ledger.STATEMENT, "Delivered.\n")
    log.sign(20)
    log.state(ledger.CLOSE, "outcry close 1\nbaku-2017\nclosed\n")
    return log
