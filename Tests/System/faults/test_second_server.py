"""Two servers on one data folder would count past each other: the second refuses."""

from faults.lots import runs


def test_a_second_server_on_the_folder_refuses_while_people_sign(trial):
    fault = "second server on one folder"
    for _ in range(runs(2, 10)):
        with trial.stream() as stream:
            stream.until(2, within=30)
            refused = trial.installation.run(
                "serve", "--data", trial.installation.data, "--listen", "127.0.0.1:0")
            assert not refused.succeeded
            assert trial.server.origin in refused.stderr, "it says where the other one is"
            stream.until(2, within=30)
        trial.audit(fault)
        # The lock goes with the process that had it, however that ended.
        trial.restart()
        trial.audit(fault, thorough=False)
    trial.figures.says(fault, "the second refuses and names the first, which goes on")
