"""Pipelines through the AWS API: stand-ins are really run, and the outcome decides what follows."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.service.api.api_errors import ApiError
from local_test.service.resources.pipelines.definition import parse_definition
from tests.clients.account import ROLE, Account, describe_channel, name_image
from tests.local_test.service.resources.test_processing import CODE, PYTHON, given, output

LOSS = {"Get": "Steps.Train.FinalMetricDataList['loss'].Value"}
ARCHIVE = {"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"}


@pytest.fixture(scope="module")
def store(account: Account) -> Account:
    """The service, with a channel."""
    account.bucket("steps", **{"in/a.csv": "1"})
    return account


def training(**hyperparameters: Any) -> dict[str, Any]:
    arguments = {
        "AlgorithmSpecification": {
            "TrainingImage": name_image("standin"),
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "loss", "Regex": r"loss=(\S+)"}],
        },
        "HyperParameters": hyperparameters,
        "InputDataConfig": [describe_channel("train", "s3://steps/in")],
        "RoleArn": ROLE,
        "OutputDataConfig": {"S3OutputPath": "s3://steps/out"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    }
    return {"Name": "Train", "Type": "Training", "Arguments": arguments}


def containers() -> list[dict[str, Any]]:
    return [{"Image": name_image("standin"), "ModelDataUrl": ARCHIVE}]


JUDGED: dict[str, Any] = {
    "Version": "2020-12-01",
    "PipelineExperimentConfig": {
        "ExperimentName": {"Get": "Execution.PipelineName"},
        "TrialName": {"Get": "Execution.PipelineExecutionId"},
    },
    "Parameters": [
        {"Name": "X", "Type": "Float", "DefaultValue": 5},
        {"Name": "Most", "Type": "Float", "DefaultValue": 4.5},
    ],
    "Steps": [
        training(act="score", x={"Std:Join": {"On": "", "Values": [{"Get": "Parameters.X"}]}}),
        {
            "Name": "Judge",
            "Type": "Condition",
            "Arguments": {
                "Conditions": [
                    {
                        "Type": "LessThanOrEqualTo",
                        "LeftValue": LOSS,
                        "RightValue": {"Get": "Parameters.Most"},
                    }
                ],
                "IfSteps": [
                    {
                        "Name": "Create",
                        "Type": "Model",
                        "Arguments": {"ExecutionRoleArn": ROLE, "Containers": containers()},
                    },
                    {
                        "Name": "Register",
                        "Type": "RegisterModel",
                        "DependsOn": ["Create"],
                        "Arguments": {
                            "ModelPackageGroupName": "judged",
                            "InferenceSpecification": {
                                "Containers": containers(),
                                "SupportedContentTypes": ["text/csv"],
                                "SupportedResponseMIMETypes": ["text/csv"],
                            },
                            "ModelApprovalStatus": "PendingManualApproval",
                            "SkipModelValidation": "None",
                        },
                    },
                ],
                "ElseSteps": [
                    {
                        "Name": "Bad",
                        "Type": "Fail",
                        "Arguments": {
                            "ErrorMessage": {"Std:Join": {"On": " ", "Values": ["lost", LOSS]}}
                        },
                    }
                ],
            },
        },
    ],
}


def start(account: Account, name: str, definition: dict[str, Any], **parameters: str) -> str:
    sagemaker = account.sagemaker
    given = {"PipelineDefinition": json.dumps(definition), "RoleArn": ROLE}
    sagemaker.create_pipeline(PipelineName=name, ClientRequestToken="t" * 32, **given)
    told = [{"Name": key, "Value": value} for key, value in parameters.items()]
    begun = sagemaker.start_pipeline_execution(
        PipelineName=name, ClientRequestToken="t" * 32, PipelineParameters=told
    )
    return str(begun["PipelineExecutionArn"])


def ended(account: Account, arn: str) -> dict[str, Any]:
    deadline = time.monotonic() + 120
    describe = account.sagemaker.describe_pipeline_execution
    while (told := describe(PipelineExecutionArn=arn))["PipelineExecutionStatus"] in {
        *("Executing", "Stopping")
    }:
        assert time.monotonic() < deadline, told
        time.sleep(0.1)
    return dict(told)


def steps(account: Account, arn: str) -> dict[str, dict[str, Any]]:
    listed = account.sagemaker.list_pipeline_execution_steps(
        PipelineExecutionArn=arn, SortOrder="Ascending"
    )
    return {step["StepName"]: step for step in listed["PipelineExecutionSteps"]}


def test_a_model_that_is_good_enough_is_registered(store: Account) -> None:
    arn = start(store, "good", JUDGED)
    told = ended(store, arn)
    assert told["PipelineExecutionStatus"] == "Succeeded", told
    found = steps(store, arn)
    assert list(found) == ["Train", "Judge", "Create", "Register"]
    assert {step["StepStatus"] for step in found.values()} == {"Succeeded"}
    assert found["Judge"]["Metadata"] == {"Condition": {"Outcome": "True"}}
    job = found["Train"]["Metadata"]["TrainingJob"]["Arn"].rpartition("/")[2]
    trained = store.sagemaker.describe_training_job(TrainingJobName=job)
    assert trained["HyperParameters"] == {"act": "score", "x": "5.0"}
    assert told["PipelineExperimentConfig"] == {
        "ExperimentName": "good",
        "TrialName": arn.rpartition("/")[2],
    }
    assert trained["ExperimentConfig"] == told["PipelineExperimentConfig"]
    package = found["Register"]["Metadata"]["RegisterModel"]["Arn"]
    registered = store.sagemaker.describe_model_package(ModelPackageName=package)
    [container] = registered["InferenceSpecification"]["Containers"]
    assert container["ModelDataUrl"] == trained["ModelArtifacts"]["S3ModelArtifacts"]
    model = found["Create"]["Metadata"]["Model"]["Arn"].rpartition("/")[2]
    assert (
        store.sagemaker.describe_model(ModelName=model)["Containers"][0]["ModelDataUrl"]
        == (container["ModelDataUrl"])
    )


def test_a_bad_one_fails_the_execution_with_its_reason(store: Account) -> None:
    arn = start(store, "bad", JUDGED, X="6")
    told = ended(store, arn)
    assert told["PipelineExecutionStatus"] == "Failed"
    assert told["FailureReason"] == "Step Bad: lost 9.0"
    found = steps(store, arn)
    assert [(name, step["StepStatus"]) for name, step in found.items()] == [
        ("Train", "Succeeded"),
        ("Judge", "Succeeded"),
        ("Bad", "Failed"),
    ]
    listed = store.sagemaker.list_pipeline_parameters_for_execution(PipelineExecutionArn=arn)
    assert listed["PipelineParameters"] == [
        {"Name": "X", "Value": "6.0"},
        {"Name": "Most", "Value": "4.5"},
    ]
    [summary] = store.sagemaker.list_pipeline_executions(PipelineName="bad")[
        "PipelineExecutionSummaries"
    ]
    assert (summary["PipelineExecutionArn"], summary["PipelineExecutionStatus"]) == (arn, "Failed")


def test_a_failed_job_fails_its_step_and_nothing_follows(store: Account) -> None:
    definition = JUDGED | {"Steps": [training(act="fail"), JUDGED["Steps"][1]]}
    arn = start(store, "fails", definition)
    told = ended(store, arn)
    assert told["PipelineExecutionStatus"] == "Failed"
    [step] = steps(store, arn).values()
    assert (step["StepName"], step["StepStatus"]) == ("Train", "Failed")
    assert step["FailureReason"].startswith("AlgorithmError: ")
    assert told["FailureReason"].startswith("Step Train: AlgorithmError: ")


def test_a_stopped_execution_stops_its_jobs(store: Account) -> None:
    arn = start(store, "stops", {"Steps": [training(act="obey")]})
    deadline = time.monotonic() + 60
    while "Metadata" not in steps(store, arn).get("Train", {}):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    store.sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken="t" * 32)
    assert ended(store, arn)["PipelineExecutionStatus"] == "Stopped"
    [step] = steps(store, arn).values()
    assert step["StepStatus"] == "Stopped"
    job = step["Metadata"]["TrainingJob"]["Arn"].rpartition("/")[2]
    told = store.sagemaker.describe_training_job(TrainingJobName=job)
    assert told["TrainingJobStatus"] == "Stopped"


def test_what_a_processing_step_writes_decides(store: Account) -> None:
    program = """
import json, pathlib
rows = pathlib.Path("/opt/ml/processing/in/a.csv").read_text()
report = {"metrics": {"rows": [int(rows)], "mse": {"value": 0.125}}}
pathlib.Path("/opt/ml/processing/out/report.json").write_text(json.dumps(report))
"""
    code = store.put("s3://steps/code/program.py", program).rpartition("/")[0]
    written = {"Get": "Steps.Count.PropertyFiles.Report"}
    rows = {"Std:JsonGet": {"PropertyFile": written, "Path": "metrics.rows[0]"}}
    count = {
        "Name": "Count",
        "Type": "Processing",
        "PropertyFiles": [
            {"PropertyFileName": "Report", "OutputName": "out", "FilePath": "report.json"}
        ],
        "Arguments": {
            "RoleArn": ROLE,
            "AppSpecification": {"ImageUri": name_image("standin"), "ContainerEntrypoint": PYTHON},
            "ProcessingInputs": [
                given("code", code, CODE),
                given("in", "s3://steps/in", "/opt/ml/processing/in"),
            ],
            "ProcessingOutputConfig": {
                "Outputs": [output("s3://steps/counted", "/opt/ml/processing/out")]
            },
            "ProcessingResources": {
                "ClusterConfig": {
                    "InstanceType": "ml.m5.large",
                    "InstanceCount": 1,
                    "VolumeSizeInGB": 1,
                }
            },
        },
    }
    asked = {"Type": "Equals", "LeftValue": rows, "RightValue": 1}
    judge = {"Name": "One", "Type": "Condition", "Arguments": {"Conditions": [asked]}}
    arn = start(store, "counts", {"Steps": [judge, count]})
    told = ended(store, arn)
    assert told["PipelineExecutionStatus"] == "Succeeded", told
    found = steps(store, arn)
    assert list(found) == ["Count", "One"]
    assert found["One"]["Metadata"] == {"Condition": {"Outcome": "True"}}
    assert "processing-job/pipelines-" in found["Count"]["Metadata"]["ProcessingJob"]["Arn"]
    assert "Count: Report: metrics.mse</td><td>0.125</td>" in read_comparison(store, "counts")


def read_comparison(account: Account, pipeline: str) -> str:
    """Return the page of a pipeline's executions side by side, without space between elements."""
    return account.page("executions", pipeline).replace("> <", "><")


def test_a_cached_step_is_reused_for_equal_arguments_only(store: Account) -> None:
    train = training(act="score", x={"Std:Join": {"On": "", "Values": [{"Get": "Parameters.X"}]}})
    train["Arguments"]["TrainingJobName"] = "Nightly"
    definition = {
        "Version": "2020-12-01",
        "Parameters": [{"Name": "X", "Type": "Float", "DefaultValue": 5}],
        "Steps": [
            train | {"CacheConfig": {"Enabled": True, "ExpireAfter": "30d"}},
        ],
    }
    first = start(store, "cached", definition)
    told = ended(store, first)
    assert told["PipelineExecutionStatus"] == "Succeeded", told
    ran = steps(store, first)["Train"]
    assert "CacheHitResult" not in ran
    assert "CacheKey" not in ran
    assert "training-job/nightly-" in ran["Metadata"]["TrainingJob"]["Arn"]
    entries: list[dict[str, Any]] = []
    for value in ("5", "6", "5"):
        begun = store.sagemaker.start_pipeline_execution(
            PipelineName="cached",
            ClientRequestToken=f"again-{len(entries)}".ljust(32, "-"),
            PipelineParameters=[{"Name": "X", "Value": value}],
        )["PipelineExecutionArn"]
        assert ended(store, begun)["PipelineExecutionStatus"] == "Succeeded"
        entries.append(steps(store, begun)["Train"])
    hit, missed, again = entries
    assert hit["CacheHitResult"] == {"SourcePipelineExecutionArn": first}
    assert hit["Metadata"] == ran["Metadata"]
    assert "CacheHitResult" not in missed
    assert missed["Metadata"] != ran["Metadata"]
    assert again["CacheHitResult"] == {"SourcePipelineExecutionArn": first}
    page = read_comparison(store, "cached")
    losses = re.findall(r"Train: loss</td>(.*?)</tr>", page)[0]
    assert re.findall(r"<td>([^<]*)</td>", losses) == ["4", "9", "4", "4"]  # the newest first


def test_an_input_that_changed_in_its_place_is_no_hit(store: Account) -> None:
    account, cached = store, {"CacheConfig": {"Enabled": True}}
    account.bucket("in-place", **{"in/a.csv": "1", "code/sourcedir.tar.gz": "a"})
    step = training(act="score", x="5", sagemaker_submit_directory='"s3://in-place/code/"')
    step["Arguments"]["InputDataConfig"] = [describe_channel("train", "s3://in-place/in")]
    names = [{"Get": "Execution.TrainingJobName"}, {"Get": "Execution.PipelineName"}]
    step["Arguments"]["HyperParameters"]["own"] = {"Std:Join": {"On": "/", "Values": names}}
    account.sagemaker.create_pipeline(
        PipelineName="in-place",
        PipelineDefinition=json.dumps({"Version": "2020-12-01", "Steps": [step | cached]}),
        RoleArn=ROLE,
        ClientRequestToken="t" * 32,
    )
    hits: list[bool] = []
    runs: list[str] = []
    for key, content in (("in/a.csv", "1"), ("in/a.csv", "1"), ("in/a.csv", "2"), ("code/b", "b")):
        account.s3.put_object(Bucket="in-place", Key=key, Body=content.encode())
        begun = account.sagemaker.start_pipeline_execution(
            PipelineName="in-place", ClientRequestToken=f"{key}-{len(hits)}".ljust(32, "-")
        )["PipelineExecutionArn"]
        assert ended(account, begun)["PipelineExecutionStatus"] == "Succeeded"
        hits.append("CacheHitResult" in steps(account, begun)["Train"])
        runs.append(begun)
    assert hits == [False, True, False, False]
    arn = steps(account, runs[-1])["Train"]["Metadata"]["TrainingJob"]["Arn"]
    job = account.sagemaker.describe_training_job(TrainingJobName=arn.split("/")[1])
    assert job["HyperParameters"]["own"] == f"{job['TrainingJobName']}/in-place"
    tags = account.sagemaker.list_tags(ResourceArn=job["TrainingJobArn"])["Tags"]
    assert tags == [{"Key": "sagemaker:pipeline-execution-arn", "Value": runs[-1]}]


def test_a_duration_that_is_none_is_refused(store: Account) -> None:
    cached = {"CacheConfig": {"Enabled": True, "ExpireAfter": "a month"}}
    definition = {"Version": "2020-12-01", "Steps": [training(act="score") | cached]}
    with pytest.raises(ClientError, match="of step Train is no duration: 'a month'"):
        store.sagemaker.create_pipeline(
            PipelineName="badly-cached",
            PipelineDefinition=json.dumps(definition),
            RoleArn=ROLE,
            ClientRequestToken="t" * 32,
        )


def test_refusals_are_the_services(store: Account) -> None:
    sagemaker = store.sagemaker
    only = {"Steps": [{"Name": "End", "Type": "Fail", "Arguments": {}}]}
    given = {"PipelineDefinition": json.dumps(only), "RoleArn": ROLE}
    sagemaker.create_pipeline(PipelineName="calls", ClientRequestToken="t" * 32, **given)
    with pytest.raises(ClientError, match=r"\(calls\) already exists") as taken:
        sagemaker.create_pipeline(PipelineName="calls", ClientRequestToken="u" * 32, **given)
    assert taken.value.response["Error"]["Code"] == "ValidationException"
    with pytest.raises(ClientError, match="definition cannot be read: s3://steps/none: "):
        sagemaker.update_pipeline(
            PipelineName="calls",
            PipelineDefinitionS3Location={"Bucket": "steps", "ObjectKey": "none"},
        )
    with pytest.raises(ClientError, match="Unable to parse pipeline definition"):
        sagemaker.update_pipeline(PipelineName="calls", PipelineDefinition="{")
    sagemaker.delete_pipeline(PipelineName="calls", ClientRequestToken="t" * 32)
    with pytest.raises(ClientError, match="does not exist") as missing:
        sagemaker.describe_pipeline(PipelineName="calls")
    assert missing.value.response["Error"]["Code"] == "ResourceNotFound"


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"Type": "EMR"}, "step End is of the type EMR, not run here: no cluster is emulated"),
        (
            {"Type": "ForEach"},
            "of the type ForEach, not run here: neither the SDK nor the",
        ),
        ({"Type": "Nonsense"}, "step End is of the type Nonsense, not run here"),
        (
            {"RetryPolicies": [{"MaxAttempts": 2}]},
            "RetryPolicies of step End: a Fail step is not retried",
        ),
        ({"Unheard": "of"}, "Unheard of step End is not supported"),
        ({"CacheConfig": {"Enabled": True}}, "CacheConfig of step End: a Fail step has no cache"),
    ],
)
def test_a_step_that_would_not_do_what_it_says_is_refused(
    more: dict[str, Any], sentence: str
) -> None:
    step = {"Name": "End", "Type": "Fail", "Arguments": {}, "CacheConfig": {"Enabled": False}}
    parse_definition(json.dumps({"Steps": [step | {"RetryPolicies": []}]}))
    for steps in ([step | more], [nest(step | more)]):
        with pytest.raises(ApiError, match=sentence):
            parse_definition(json.dumps({"Steps": steps}))


def nest(step: dict[str, Any]) -> dict[str, Any]:
    return {"Name": "If", "Type": "Condition", "Arguments": {"Conditions": [], "IfSteps": [step]}}


def test_an_unknown_part_of_a_definition_is_refused() -> None:
    definition: dict[str, Any] = {"Steps": [{"Name": "End", "Type": "Fail", "Arguments": {}}]}
    definition["MlflowConfig"] = {}
    assert list(parse_definition(json.dumps(definition)).steps) == ["End"]
    definition["MlflowConfig"] = {"MlflowResourceArn": "arn"}
    with pytest.raises(ApiError, match="MlflowConfig of a pipeline definition is not supported"):
        parse_definition(json.dumps(definition))


def test_a_repeated_start_is_the_same_execution(store: Account) -> None:
    """Clients send a request again when its answer is lost."""
    definition = {"Steps": [{"Name": "End", "Type": "Fail", "Arguments": {}, "DisplayName": "Out"}]}
    arn = start(store, "repeated", definition)
    begin = store.sagemaker.start_pipeline_execution
    again = begin(PipelineName="repeated", ClientRequestToken="t" * 32)
    assert again["PipelineExecutionArn"] == arn
    other = begin(PipelineName="repeated", ClientRequestToken="u" * 32)
    assert other["PipelineExecutionArn"] != arn
    assert ended(store, arn)["PipelineExecutionStatus"] == "Failed"
    assert steps(store, arn)["End"]["StepDisplayName"] == "Out"
