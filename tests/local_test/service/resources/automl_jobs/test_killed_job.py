"""An AutoML job whose service is killed: it fails with the reason, and the best so far deploys."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import Any

import numpy as np

from tests.clients.account import ROLE, run_service

PATIENCE_SECONDS = 240
LOST = "InternalServerError: the local service ended while the job ran"


def test_the_best_candidate_before_a_kill_is_kept(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = [f"{x:.3f},{y:.3f},{3 * x - y:.3f}" for x, y in rng.normal(size=(80, 2))]
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://killed-search/in"}}
    with run_service("process", tmp_path / "state", end=signal.SIGKILL) as account:
        account.bucket("killed-search", **{"in/data.csv": "\n".join(["x,y,z", *rows]) + "\n"})
        account.sagemaker.create_auto_ml_job(
            AutoMLJobName="killed-search",
            InputDataConfig=[{"DataSource": source, "TargetAttributeName": "z"}],
            OutputDataConfig={"S3OutputPath": "s3://killed-search/out"},
            RoleArn=ROLE,
        )
        deadline = time.monotonic() + PATIENCE_SECONDS
        while "BestCandidate" not in describe(account):
            assert time.monotonic() < deadline, describe(account)
            time.sleep(0.1)
    with run_service("process", tmp_path / "state") as account:
        job = describe(account)
        assert (job["AutoMLJobStatus"], job["FailureReason"]) == ("Failed", LOST)
        containers = job["BestCandidate"]["InferenceContainers"]
        assert len(containers) == 3
        for container in containers:
            assert len(account.get(container["ModelDataUrl"])) > 100
        account.sagemaker.create_model(
            ModelName="killed-search", ExecutionRoleArn=ROLE, Containers=containers
        )


def describe(account: Any) -> dict[str, Any]:
    return dict(account.sagemaker.describe_auto_ml_job(AutoMLJobName="killed-search"))
