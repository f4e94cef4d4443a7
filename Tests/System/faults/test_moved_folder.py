"""The data folder is moved away under a running server: what it then writes, nobody would find."""

from faults.lots import runs
from faults.trial import DISK_FAILED


def test_a_data_folder_that_is_moved_away_ends_the_server(trial):
    fault = "data folder moved away"
    data = trial.installation.data
    away = data.with_name("away")
    for _ in range(runs(1, 10)):
        with trial.stream() as stream:
            stream.until(3, within=30)
            data.rename(away)
            trial.server.settle(20)
        assert trial.server.code == DISK_FAILED, trial.server.log_text()
        away.rename(data)
        trial.server.start()
        trial.audit(fault)
    trial.figures.says(fault, f"ends with {DISK_FAILED} before it says anything more")
