"""A disk without power, and one that turns read-only: on a real ext4 that is cut off by the
kernel, so that what was not synced is gone."""

import os
import time

import pytest

from faults.disk import Ext4Disk
from faults.lots import lots, runs
from faults.needs import needs
from faults.trial import DISK_FAILED, Trial

pytestmark = [needs("mount", "mkfs.ext4", root=True), pytest.mark.timeout(3600)]


def test_what_is_not_synced_is_gone_without_power(tmp_path):
    """The fault is real, or surviving it would prove nothing."""
    with Ext4Disk(tmp_path / "disk", megabytes=16) as disk:
        synced, not_synced = disk.at / "synced", disk.at / "not-synced"
        for file in (synced, not_synced):
            file.write_bytes(b"kept?")
        with synced.open("rb") as file:
            os.fsync(file.fileno())
        disk.cut_power()
        disk.power_on()
        assert synced.read_bytes() == b"kept?"
        assert not not_synced.exists() or not_synced.read_bytes() != b"kept?"


def test_without_power_at_any_moment_nobody_who_was_counted_is_lost(
    new_trial, tmp_path, progress
):
    rng, fault = lots("power"), "power lost under load (ext4)"
    with Ext4Disk(tmp_path / "power/data", megabytes=64) as disk:
        trial = new_trial(at=tmp_path / "power")
        trial.server.start()
        total = runs(3, 100)
        for run in progress.over(total, fault):
            with trial.stream() as stream:
                stream.until(rng.randint(1, 8), within=30)
                time.sleep(rng.uniform(0, 0.05))
                # A machine without power says nothing more: an fsync on the way must not be told
                # to have gone well because its journal is no more.
                trial.server.freeze()
                disk.cut_power()
                trial.server.kill()
            disk.power_on()
            trial.server.start()
            trial.audit(fault, thorough=run % 20 == 0 or run == total - 1)
        trial.server.kill()
    trial.figures.says(fault, "starts again with all who were counted")


def test_a_disk_that_turns_read_only_ends_the_server(new_trial, tmp_path):
    """Nobody is on the way at the moment itself: an fsync that ext4 is working on while it gives
    up may be answered with success, and what it was to keep is gone (Docs/reliability.md)."""
    fault = "file system error, read-only (ext4)"
    with Ext4Disk(tmp_path / "read-only/data", megabytes=64) as disk:
        trial = new_trial(at=tmp_path / "read-only")
        for _ in range(runs(1, 10)):
            trial.server.start()
            trial.count(5)
            disk.meet_an_error()
            with trial.stream() as stream:
                trial.server.settle(20)
                assert stream.answers == 0, "counted although nothing can be written"
            assert trial.server.code == DISK_FAILED, trial.server.log_text()
            refuses_to_start(trial)
            disk.power_on()
            trial.server.start()
            trial.audit(fault)
            trial.server.kill()
    trial.figures.says(fault, f"ends with {DISK_FAILED}, does not start until it can write")


def refuses_to_start(trial: Trial) -> None:
    said = len(trial.server.log_text())
    trial.server.launch()
    code = trial.server.end(within=20)
    assert code not in (0, None)
    assert trial.server.log_text()[said:].strip(), "it says nothing about why it does not start"
