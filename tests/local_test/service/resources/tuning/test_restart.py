"""A service that is killed, or ended by Ctrl-C: its tuning jobs go on, and no trial runs twice."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.clients.account import Account, run_service
from tests.local_test.service.resources.tuning.test_tuning import (
    CONTINUOUS,
    trials,
    tune,
    tuned,
    value,
)

LOST = "InternalServerError: the local service ended while the job ran"
GRID = {"CategoricalParameterRanges": [{"Name": "x", "Values": ["3", "2", "5"]}]}


def wait_for(account: Account, name: str, condition: Callable[[list[str]], bool]) -> list[Any]:
    """Return the training jobs of a tuning job when their statuses meet a condition."""
    deadline = time.monotonic() + 60
    while True:
        found = trials(account, name, SortBy="CreationTime")
        if condition([trial["TrainingJobStatus"] for trial in found]):
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.05)


def count(account: Account, name: str) -> dict[str, int]:
    return dict(tuned(account, name)["TrainingJobStatusCounters"])


def test_tuning_jobs_survive_a_kill_and_an_orderly_end(tmp_path: Path) -> None:
    """The third point of the grid ends only when it is stopped."""
    state = tmp_path / "state"
    with run_service("process", state, end=signal.SIGKILL) as account:
        account.bucket("tuning", **{"in/a.csv": "1"})
        serial = {"ResourceLimits": {"MaxNumberOfTrainingJobs": 3, "MaxParallelTrainingJobs": 1}}
        tune(account, "grid", "Grid", GRID, static={"patience": "1"}, **serial)
        static = {"act": "descend", "rounds": "20"}
        parents = [{"HyperParameterTuningJobName": "parent"}]
        warm = {"WarmStartType": "TransferLearning", "ParentHyperParameterTuningJobs": parents}
        tune(account, "parent", "Random", CONTINUOUS, jobs=1)
        tuned(account, "parent")
        fields = {"WarmStartConfig": warm}
        tune(account, "child", "Random", CONTINUOUS, jobs=1, static=static, autotune=fields)
        account.sagemaker.delete_hyper_parameter_tuning_job(HyperParameterTuningJobName="parent")
        tune(account, "seeded", "Random", CONTINUOUS, static=static, **serial)
        wait_for(account, "grid", lambda found: found == ["Completed"] * 2 + ["InProgress"])
        done = wait_for(account, "seeded", lambda found: found == ["Completed", "InProgress"])
    lost = ["Completed"] * 2 + ["Failed"]
    with run_service("process", state) as account:
        again = wait_for(account, "grid", lambda found: found == [*lost, "InProgress"])
        assert again[2]["FailureReason"] == LOST
        seeded = count(account, "seeded")
        assert (seeded["Completed"], seeded["RetryableError"]) == (3, 1)
        found = trials(account, "seeded", SortBy="CreationTime")
        assert len({trial["TunedHyperParameters"]["x"] for trial in found}) == 4
        assert tuned(account, "child")["HyperParameterTuningJobStatus"] == "Completed"
        assert found[0]["TrainingEndTime"] == done[0]["TrainingEndTime"]
    with run_service("process", state) as account:
        last = wait_for(account, "grid", lambda found: found == [*lost, "Stopped", "InProgress"])
        account.sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="grid")
        counts = count(account, "grid")
        assert (counts["Completed"], counts["RetryableError"], counts["Stopped"]) == (2, 2, 1)
        assert [trial["TunedHyperParameters"]["x"] for trial in last] == [*"32555"]
        best = tuned(account, "grid")["BestTrainingJob"]
        assert (best["TrainingJobName"], value(best)) == (last[0]["TrainingJobName"], 0)
