"""AutoML steps: the job's best candidate goes into a model, an execution is stopped and retried."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scripts.lock import aws_clients
from tests.clients.account import ROLE, Account
from tests.clients.conftest import Shell
from tests.local_test.service.resources.pipelines.test_pipelines import ended, start, steps

PROGRAM = Path(__file__).parents[5] / "clients" / "programs" / "sdk_automl.py"


@pytest.fixture(scope="module")
def store(account: Account) -> Account:
    """The service, with a table in S3."""
    account.bucket("searches", **{"in/data.csv": make_table()})
    return account


def make_table() -> str:
    """Return CSV whose column z is a function of two others."""
    rng = np.random.default_rng(0)
    rows = [f"{x:.3f},{y:.3f},{3 * x - y:.3f}" for x, y in rng.normal(size=(120, 2))]
    return "\n".join(["x,y,z", *rows]) + "\n"


def search(**more: Any) -> dict[str, Any]:
    """Return an AutoML step whose job has one candidate."""
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://searches/in"}}
    arguments = {
        "InputDataConfig": [{"DataSource": source, "TargetAttributeName": "z"}],
        "OutputDataConfig": {"S3OutputPath": "s3://searches/out"},
        "AutoMLJobConfig": {"Mode": "ENSEMBLING", "CompletionCriteria": {"MaxCandidates": 1}},
        "RoleArn": ROLE,
    }
    return {"Name": "Search", "Type": "AutoML", "Arguments": arguments | more}


def find_job(account: Account, arn: str) -> str:
    """Return the name of the job of the step when it was entered."""
    deadline = time.monotonic() + 60
    while not (entry := steps(account, arn).get("Search", {})).get("Metadata"):
        assert time.monotonic() < deadline, entry
        time.sleep(0.05)
    return str(entry["Metadata"]["AutoMLJob"]["Arn"]).rpartition("/")[2]


def test_the_best_candidate_of_the_sdks_step_is_registered_with_its_reports_and_cached(
    store: Account, tmp_path: Path
) -> None:
    shell = Shell(aws_clients.prepare_client(), store.url, tmp_path)
    shell("python", str(PROGRAM), ROLE, "s3://searches/in", str(tmp_path / "told.json"))
    told = json.loads((tmp_path / "told.json").read_bytes())
    first, second = told["steps"]
    arn = first["Search"]["Metadata"]["AutoMLJob"]["Arn"]
    job = store.sagemaker.describe_auto_ml_job(AutoMLJobName=arn.rpartition("/")[2])
    model = first["Create-CreateModel"]["Metadata"]["Model"]["Arn"].rpartition("/")[2]
    made = store.sagemaker.describe_model(ModelName=model)["Containers"]
    wanted = job["BestCandidate"]["InferenceContainers"]
    names = ("Image", "ModelDataUrl", "Environment")
    assert [[one.get(name, {}) for name in names] for one in made] == [
        [one.get(name, {}) for name in names] for one in wanted
    ]
    package = first["Register-RegisterModel"]["Metadata"]["RegisterModel"]["Arn"]
    described = store.sagemaker.describe_model_package(ModelPackageName=package)
    assert len(described["InferenceSpecification"]["Containers"]) == 3
    sources = described["ModelMetrics"]
    for source, section in (
        (sources["ModelQuality"]["Statistics"], "regression_metrics"),
        (sources["Explainability"]["Report"], "explanations"),
    ):
        assert section in json.loads(store.get(source["S3Uri"]))
    execution = second["Search"]["CacheHitResult"]["SourcePipelineExecutionArn"]
    tags = store.sagemaker.list_tags(ResourceArn=arn)["Tags"]
    assert {"Key": "sagemaker:pipeline-execution-arn", "Value": execution} in tags
    assert second["Search"]["Metadata"] == first["Search"]["Metadata"]
    assert "PipelineModel of Steps.Search.BestCandidate.InferenceContainers[0]" in told["refused"]


def test_stopping_the_execution_stops_the_job_and_a_retry_searches_anew(store: Account) -> None:
    endless = search(AutoMLJobConfig={"CompletionCriteria": {"MaxCandidates": 50}})
    arn = start(store, "stopped-search", {"Steps": [endless]})
    statuses = []
    names = [find_job(store, arn)]
    for _ in range(2):
        store.sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn)
        assert ended(store, arn)["PipelineExecutionStatus"] == "Stopped"
        job = store.sagemaker.describe_auto_ml_job(AutoMLJobName=names[-1])
        statuses.append(job["AutoMLJobStatus"])
        if len(names) == 1:
            store.sagemaker.retry_pipeline_execution(PipelineExecutionArn=arn)
            names.append(find_job(store, arn))
    assert statuses == ["Stopped", "Stopped"]
    assert len(set(names)) == 2


def test_the_reason_of_a_failed_job_is_the_steps(store: Account) -> None:
    channel = search()["Arguments"]["InputDataConfig"][0] | {"TargetAttributeName": "gone"}
    arn = start(store, "no-such-target", {"Steps": [search(InputDataConfig=[channel])]})
    reason = ended(store, arn)["FailureReason"]
    assert reason.startswith("Step Search: ClientError: there is no column 'gone'")
