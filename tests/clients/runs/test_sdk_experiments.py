"""Runs of experiments with the SageMaker SDK, unchanged: see programs/sdk_experiments.py."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from local_test.engines import Engine
from tests.clients.account import ROLE, Account, name_image
from tests.clients.conftest import Client, told_once

PROGRAM = Path(__file__).parents[1] / "programs" / "sdk_experiments.py"
NUMBERS = "".join(f"{3 * (row % 7)},{row % 7},{row}\n" for row in range(210))
GROUP = "Default-Run-Group-sdk-runs"


@pytest.fixture(scope="module")
def told(account: Account, client: Client, engine: Engine) -> dict[str, Any]:
    told_once(engine)
    data, file = account.bucket("sdk-runs", **{"in/a.csv": NUMBERS}), client.folder / "runs.json"
    client("python", str(PROGRAM), ROLE, name_image("xgboost"), data, str(file))
    return dict(json.loads(file.read_bytes()))


def test_a_run_has_what_was_logged(told: dict[str, Any]) -> None:
    assert (told["runs"], told["status"]) == (["first", "second"], "Completed")
    assert told["parameters"] == {
        "depth": {"NumberValue": 3},
        "kind": {"StringValue": "tree"},
        "eta": {"NumberValue": 0.3},
    }
    assert told["metrics"] == {"f1": [1, 0.5], "loss": [25, 1 / 25]}
    assert told["inputs"] == {"data": {"Value": "s3://sdk-runs"}}
    assert told["outputs"] == ["note"]


def test_a_job_of_a_run_is_in_its_group_and_logs_to_it(told: dict[str, Any]) -> None:
    assert told["job"] == {
        "ExperimentName": "sdk-runs",
        "TrialName": GROUP,
        "RunName": "sdk-runs-second",
    }
    assert told["inside"] == ["inside"]
    assert told["frame"] == {
        "sdk-runs-first": [1 / 25, [GROUP]],
        "sdk-runs-second": [None, [GROUP]],
        "sdk-run-job-aws-training-job": [None, [GROUP]],
    }
