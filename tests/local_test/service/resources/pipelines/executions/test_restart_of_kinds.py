"""A service that is killed while steps of every kind run, or start: nothing is done twice.

What a kill leaves when a start was cut off is written into the record: a step that runs and does
not know what it has started.
"""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local_test.service.api.resource_type import ResourceType
from local_test.service.resources.automl_jobs.resource import AUTOML_JOB
from local_test.service.resources.endpoint_configs.resource import ENDPOINT_CONFIG
from local_test.service.resources.model_packages.resource import MODEL_PACKAGE
from local_test.service.resources.models.resource import MODEL
from local_test.service.resources.pipelines.resource import EXECUTION
from local_test.service.resources.processing.resource import PROCESSING_JOB
from local_test.service.resources.training.resource import TRAINING_JOB
from local_test.service.resources.transform.resource import TRANSFORM_JOB
from local_test.service.resources.tuning.resource import TUNING_JOB
from tests.clients.account import REGION, ROLE, Account, name_image, run_service
from tests.local_test.service.in_process import open_service
from tests.local_test.service.resources.functions.test_functions import create
from tests.local_test.service.resources.pipelines.steps.test_automl_step import make_table, search
from tests.local_test.service.resources.pipelines.steps.test_callback_steps import receive
from tests.local_test.service.resources.pipelines.test_pipelines import (
    ended,
    start,
    steps,
    training,
)
from tests.local_test.service.resources.test_endpoints import container, model

LOST = "InternalServerError: the local service ended while the job ran"
CUT_OFF = "InternalServerError: the local service ended while the step started."
MACHINE = {"InstanceType": "ml.m5.large", "InstanceCount": 1}
SLEEPS = ["python3", "-c", "import time; time.sleep(300)"]
HANDLER = """
    import time

    def handle(event, context):
        time.sleep(event["seconds"])
        return {}
"""
JOBS = {
    "Process": PROCESSING_JOB,
    "Transform": TRANSFORM_JOB,
    "Search": AUTOML_JOB,
}
CREATED = {"Create": MODEL, "Register": MODEL_PACKAGE, "Config": ENDPOINT_CONFIG}


def make_step(name: str, kind: str, arguments: Any, **more: Any) -> dict[str, Any]:
    return {"Name": name, "Type": kind, "Arguments": arguments} | more


def build_jobs() -> list[dict[str, Any]]:
    """Return steps whose jobs run until they are ended."""
    cluster = {"ClusterConfig": MACHINE | {"VolumeSizeInGB": 1}}
    application = {"ImageUri": name_image("standin"), "ContainerEntrypoint": SLEEPS}
    process = {"RoleArn": ROLE, "AppSpecification": application, "ProcessingResources": cluster}
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://killed/lines"}}
    transform = {
        "ModelName": "slow",
        "BatchStrategy": "SingleRecord",
        "TransformInput": {"DataSource": source, "ContentType": "text/csv", "SplitType": "Line"},
        "TransformOutput": {"S3OutputPath": "s3://killed/out"},
        "TransformResources": MACHINE,
    }
    tune = {
        "HyperParameterTuningJobConfig": {
            "Strategy": "Random",
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 4, "MaxParallelTrainingJobs": 1},
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "loss"},
            "ParameterRanges": {
                "ContinuousParameterRanges": [{"Name": "x", "MinValue": "0", "MaxValue": "9"}]
            },
        },
        "TrainingJobDefinition": {
            **{k: v for k, v in training()["Arguments"].items() if k != "HyperParameters"},
            "StaticHyperParameters": {"act": "obey"},
        },
    }
    return [
        make_step("Process", "Processing", process),
        make_step("Transform", "Transform", transform),
        make_step("Tune", "Tuning", tune),
        search(AutoMLJobConfig={"CompletionCriteria": {"MaxCandidates": 50}}),
    ]


def build_created(image: dict[str, Any]) -> list[dict[str, Any]]:
    """Return steps that create a resource at once."""
    variant = {"VariantName": "all", "ModelName": "slow", "InitialInstanceCount": 1}
    package = {
        "ModelPackageGroupName": "killed",
        "InferenceSpecification": {
            "Containers": [image],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    }
    config = {
        "EndpointConfigName": "killed",
        "ProductionVariants": [variant | {"InstanceType": "ml.m5.large"}],
    }
    return [
        make_step("Create", "Model", {"ExecutionRoleArn": ROLE, "PrimaryContainer": image}),
        make_step("Register", "RegisterModel", package),
        make_step("Config", "EndpointConfig", config),
        training(act="obey"),
    ]


def wait_for(account: Account, arn: str, statuses: dict[str, str]) -> None:
    """Wait until these steps have these statuses and know what they have started."""
    deadline = time.monotonic() + 60
    while True:
        listed = {name: step for name, step in steps(account, arn).items() if "Metadata" in step}
        if all(listed.get(name, {}).get("StepStatus") == statuses[name] for name in statuses):
            return
        assert time.monotonic() < deadline, steps(account, arn)
        time.sleep(0.05)


def forget_starts(state: Path, *arns: str) -> None:
    """Write into the state what a kill leaves while the steps of these executions start."""
    with open_service(state) as (backend, _):
        for arn in arns:
            name = arn.rpartition("/")[2]
            record = backend.records.get(EXECUTION, REGION, name)
            kept = ("StepName", "StartTime", "AttemptCount")
            entries = [
                {key: entry[key] for key in kept} | {"StepStatus": "Executing"}
                for entry in record["Steps"]
            ]
            backend.records.update(EXECUTION, REGION, name, Steps=entries)


def list_names(state: Path, *resources: ResourceType) -> dict[str, list[str]]:
    """Return the names of all records of each type, by its label."""
    with open_service(state) as (backend, _):
        return {
            resource.label: [
                resource.key_of(record) for _, record in backend.records.list_all(resource, REGION)
            ]
            for resource in resources
        }


@pytest.fixture(scope="module")
def killed(programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The steps of the executions after the restart, and the names of what they made."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(programs), prepend=":")
        yield kill_and_restart(tmp_path_factory.mktemp("killed") / "state")


def kill_and_restart(state: Path) -> dict[str, Any]:
    """Return the steps of the executions after the restart, and the names of what they made."""
    with run_service("process", state, end=signal.SIGKILL) as account:
        account.bucket("steps", **{"in/a.csv": "1"})
        account.bucket("killed", **{"lines/a.csv": "1\n" * 4000})
        account.bucket("searches", **{"in/data.csv": make_table()})
        account.bucket("standins")
        image = container(account, "slow", tag="t", delay=0.05)
        model(account, "slow", image)
        function = create(account, "sleeper", HANDLER, Timeout=300)
        queue = account.client("sqs").create_queue(QueueName="killed")["QueueUrl"]
        call = make_step("Call", "Lambda", {"seconds": 300}, FunctionArn=function)
        wait = make_step("Wait", "Callback", {}, SqsQueueUrl=queue)
        running = start(account, "runs", {"Steps": [*build_jobs(), call, wait]})
        begun = start(account, "begins", {"Steps": [*build_created(image), wait]})
        called = start(account, "calls", {"Steps": [call]})
        wait_for(account, running, dict.fromkeys([*JOBS, "Tune", "Call", "Wait"], "Executing"))
        wait_for(account, begun, dict.fromkeys(CREATED, "Succeeded") | {"Wait": "Executing"})
        wait_for(account, begun, {"Train": "Executing"})
        wait_for(account, called, {"Call": "Executing"})
        messages = [receive(account, queue) for _ in range(2)]
    forget_starts(state, begun, called)
    with run_service("process", state) as account:
        again = receive(account, queue)
        [tuning] = account.sagemaker.list_hyper_parameter_tuning_jobs()[TUNING_JOB.list_field]
        stop = account.sagemaker.stop_hyper_parameter_tuning_job
        stop(HyperParameterTuningJobName=tuning[TUNING_JOB.name_field])
        for message in messages:
            account.sagemaker.send_pipeline_execution_step_success(CallbackToken=message["token"])
        told = {}
        for name, arn in (("running", running), ("begun", begun), ("called", called)):
            told[name] = ended(account, arn) | {"Steps": steps(account, arn)}
    kinds = (*JOBS.values(), TUNING_JOB, *CREATED.values(), TRAINING_JOB)
    return told | {"found": list_names(state, *kinds), "messages": messages, "again": again}


@pytest.mark.parametrize("step", JOBS)
def test_a_job_that_ran_fails_its_step(killed: dict[str, Any], step: str) -> None:
    entry = killed["running"]["Steps"][step]
    assert (entry["StepStatus"], entry["FailureReason"]) == ("Failed", LOST)
    [name] = killed["found"][JOBS[step].label]
    assert str(next(iter(entry["Metadata"].values()))["Arn"]).endswith(f"/{name}")


def test_a_tuning_job_goes_on_and_can_be_stopped(killed: dict[str, Any]) -> None:
    """On its own it would not end: its training jobs wait until they are stopped."""
    entry = killed["running"]["Steps"]["Tune"]
    assert entry["StepStatus"] == "Stopped"
    assert LOST not in entry.get("FailureReason", "")
    assert len(killed["found"][TUNING_JOB.label]) == 1


@pytest.mark.parametrize("step", CREATED)
def test_a_creation_that_was_cut_off_is_found(killed: dict[str, Any], step: str) -> None:
    entry = killed["begun"]["Steps"][step]
    assert entry["StepStatus"] == "Succeeded", entry
    others = {"slow"} if step == "Create" else set()
    [name] = set(killed["found"][CREATED[step].label]) - others
    assert name.replace(".", "/") in json.dumps(entry["Metadata"])


def test_a_start_of_a_job_that_was_cut_off_finds_the_job(killed: dict[str, Any]) -> None:
    entry = killed["begun"]["Steps"]["Train"]
    assert (entry["StepStatus"], entry["FailureReason"]) == ("Failed", LOST)
    [name] = [name for name in killed["found"][TRAINING_JOB.label] if "-train-" in name]
    assert entry["Metadata"]["TrainingJob"]["Arn"].endswith(f"/{name}")


def test_a_callback_goes_on_and_sends_its_token_again(killed: dict[str, Any]) -> None:
    for name in ("running", "begun"):
        assert killed[name]["Steps"]["Wait"]["StepStatus"] == "Succeeded"
    assert killed["again"] in killed["messages"]


def test_a_function_is_never_called_twice(killed: dict[str, Any]) -> None:
    running = killed["running"]["Steps"]["Call"]
    assert running["FailureReason"].endswith("the local service ended while the function ran")
    assert killed["called"]["Steps"]["Call"]["FailureReason"] == CUT_OFF
    assert killed["called"]["PipelineExecutionStatus"] == "Failed"
