"""No room left: nobody is told "counted" meanwhile, and when there is room again, all goes on."""

import time

import pytest

from faults.disk import MemoryDisk
from faults.lots import runs
from faults.needs import needs

pytestmark = [needs("mount", root=True), pytest.mark.timeout(1800)]

FAULT = "disk full, then freed"


@pytest.mark.parametrize("left", [0, 4096, 1 << 20])
def test_a_full_disk_counts_nobody_until_there_is_room_again(new_trial, tmp_path, left):
    with MemoryDisk(tmp_path / "full/data", megabytes=24) as disk:
        trial = new_trial(at=tmp_path / "full")
        trial.server.start()
        for _ in range(runs(1, 10)):
            trial.count(5)
            disk.fill(left)
            with trial.stream() as stream:
                time.sleep(0.5 + left / (1 << 20))
                before = trial.journal.counted
                trial.server.settle(0.5)
                assert trial.journal.counted == before, "counted although the disk is full"
            # What is wanted of a page that changes nothing is served all the while.
            assert trial.visitor().get("/en/").status == 200
            assert trial.server.is_running
            disk.give_room()
            trial.count(10)
            trial.audit(FAULT)
            assert set(trial.journal.refusals) == {503}, trial.journal.refusals
        trial.server.kill()
    trial.figures.says(FAULT, "says 503 while it is full, counts again once there is room")
