"""AutoML jobs through the AWS API: candidates are jobs of the service, and the best one deploys."""

from __future__ import annotations

import ast
import json
from typing import Any

import numpy as np
import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from tests.clients.account import REGION, ROLE, Account, wait_until_settled

JOB: dict[str, Any] = {"OutputDataConfig": {"S3OutputPath": "s3://automl/out"}, "RoleArn": ROLE}
SOURCE = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://automl/in"}}
CHANNEL = {"DataSource": SOURCE, "TargetAttributeName": "bought"}
TABLE = {"TargetAttributeName": "bought"}


@pytest.fixture(scope="module")
def customers(account: Account) -> Account:
    """The service, with a data set in S3."""
    rng = np.random.default_rng(0)
    lines = ["row,age,city,bought"]
    for row in range(200):
        age, city = rng.integers(18, 80), rng.choice(["Ulm", "Bonn", "Kiel"])
        bought = age + 20 * (city == "Ulm") + rng.normal(0, 5) > 55
        lines.append(f"{row},{age},{city},{'yes' if bought else 'no'}")
    account.bucket("automl", **{"in/data.csv": "\n".join(lines) + "\n"})
    return account


def search(account: Account, name: str, **more: Any) -> dict[str, Any]:
    channels = more.pop("channels", [CHANNEL])
    account.sagemaker.create_auto_ml_job(
        AutoMLJobName=name, InputDataConfig=channels, **(JOB | more)
    )
    return describe_end(account, name)


def describe_end(account: Account, name: str) -> dict[str, Any]:
    return wait_until_settled(
        lambda: account.sagemaker.describe_auto_ml_job(AutoMLJobName=name), "AutoMLJobStatus"
    )


@pytest.fixture(scope="module")
def searched(customers: Account) -> dict[str, Any]:
    criteria = {"MaxCandidates": 1, "MaxRuntimePerTrainingJobInSeconds": 100}
    return search(
        customers,
        "customers",
        ProblemType="BinaryClassification",
        AutoMLJobObjective={"MetricName": "AUC"},
        AutoMLJobConfig={"CompletionCriteria": criteria},
    )


def test_a_job_ends_with_a_best_candidate_and_its_metrics(searched: dict[str, Any]) -> None:
    assert searched["AutoMLJobStatus"] == "Completed", searched.get("FailureReason")
    assert searched["AutoMLJobSecondaryStatus"] == "MaxCandidatesReached"
    assert searched["ResolvedAttributes"]["CompletionCriteria"]["MaxCandidates"] == 1
    best = searched["BestCandidate"]
    metric = best["FinalAutoMLJobObjectiveMetric"]
    assert (metric["MetricName"], metric["Type"]) == ("AUC", "Maximize")
    assert metric["Value"] > 0.85
    parts: dict[str, set[str]] = {}
    for item in best["CandidateProperties"]["CandidateMetrics"]:
        parts.setdefault(item["Set"], set()).add(item["StandardMetricName"])
    assert parts["Validation"] == {"AUC"}
    assert {"AUC", "F1", "LogLoss"} <= parts["Test"]


def test_its_notebooks_tell_of_the_data_and_of_the_candidates(
    customers: Account, searched: dict[str, Any]
) -> None:
    texts = {}
    for name, address in searched["AutoMLJobArtifacts"].items():
        bucket, _, key = address.removeprefix("s3://").partition("/")
        content = customers.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        texts[name] = content.decode()
        cells = json.loads(content)["cells"]
        for cell in cells:
            if cell["cell_type"] == "code":
                ast.parse("".join(cell["source"]))
    assert "| city |" in texts["DataExplorationNotebookLocation"]
    assert "target_encode" in texts["CandidateDefinitionNotebookLocation"]


def test_the_steps_of_a_candidate_are_jobs(customers: Account, searched: dict[str, Any]) -> None:
    [candidate] = customers.sagemaker.list_candidates_for_auto_ml_job(
        AutoMLJobName="customers", StatusEquals="Completed", SortBy="FinalObjectiveMetricValue"
    )["Candidates"]
    assert candidate["CandidateName"] == searched["BestCandidate"]["CandidateName"]
    fit, booster, *reports = candidate["CandidateSteps"]
    for step in (fit, booster):
        job = customers.sagemaker.describe_training_job(TrainingJobName=step["CandidateStepName"])
        assert job["TrainingJobArn"] == step["CandidateStepArn"]
        assert job["AutoMLJobArn"] == searched["AutoMLJobArn"]
    for step in reports:
        job = customers.sagemaker.describe_processing_job(
            ProcessingJobName=step["CandidateStepName"]
        )
        assert job["AutoMLJobArn"] == searched["AutoMLJobArn"]
    page = customers.page("automl-job", "customers")
    assert f"{candidate['CandidateName']} (best)" in page
    for step in (fit, booster):
        assert f'/training-job/{REGION}/{step["CandidateStepName"]}"' in page


def test_the_analyzer_reports_on_the_best_candidate(
    customers: Account, searched: dict[str, Any]
) -> None:
    assert "PartialFailureReasons" not in searched
    name = searched["BestCandidate"]["CandidateName"]
    places = searched["BestCandidate"]["CandidateProperties"]["CandidateArtifactLocations"]
    documents = "s3://automl/out/customers/documentation"
    assert places == {
        "Explainability": f"{documents}/explainability/output/{name}",
        "ModelInsights": f"{documents}/model_monitor/output/{name}",
    }
    analysis = read_json(customers, f"{places['Explainability']}/analysis.json")
    [explained] = analysis["explanations"]["kernel_shap"].values()
    assert set(explained["global_shap_values"]) == {"age", "city"}
    assert min(explained["global_shap_values"].values()) > 0.01
    statistics = read_json(customers, f"{places['ModelInsights']}/statistics.json")
    assert statistics["dataset"]["item_count"] == 40
    tested = {
        metric["StandardMetricName"]: metric["Value"]
        for metric in searched["BestCandidate"]["CandidateProperties"]["CandidateMetrics"]
        if metric["Set"] == "Test"
    }
    measured = statistics["binary_classification_metrics"]
    assert measured["auc"]["value"] == pytest.approx(tested["AUC"])
    assert measured["f1"]["value"] == pytest.approx(tested["F1"])
    assert customers.sagemaker.list_models(NameContains="customers")["Models"] == []
    page = customers.page("automl-job", "customers")
    assert f'automl-reports/{REGION}/customers/explainability.html"' in page
    report = customers.page("automl-reports", "customers/explainability.html")
    assert f"Explainability of {name}" in report


def read_json(account: Account, address: str) -> Any:
    bucket, _, key = address.removeprefix("s3://").partition("/")
    return json.loads(account.s3.get_object(Bucket=bucket, Key=key)["Body"].read())


def test_the_best_candidate_deploys_as_it_is(customers: Account, searched: dict[str, Any]) -> None:
    client = customers.sagemaker
    containers = searched["BestCandidate"]["InferenceContainers"]
    assert len(containers) == 3
    containers[-1]["Environment"]["SAGEMAKER_INFERENCE_OUTPUT"] = "predicted_label,probability"
    client.create_model(ModelName="best", ExecutionRoleArn=ROLE, Containers=containers)
    variant = {"VariantName": "a", "ModelName": "best", "InstanceType": "ml.m5.large"}
    client.create_endpoint_config(
        EndpointConfigName="best", ProductionVariants=[variant | {"InitialInstanceCount": 1}]
    )
    client.create_endpoint(EndpointName="best", EndpointConfigName="best")
    wait_until_settled(lambda: client.describe_endpoint(EndpointName="best"), "EndpointStatus")
    answer = customers.client("sagemaker-runtime").invoke_endpoint(
        EndpointName="best", ContentType="text/csv", Body=b"1,75,Ulm\n"
    )
    label, probability = answer["Body"].read().decode().strip().split(",")
    assert label == "yes"
    assert 0.5 < float(probability) <= 1
    client.delete_endpoint(EndpointName="best")


def test_a_job_of_one_version_is_described_by_the_other(
    customers: Account, searched: dict[str, Any]
) -> None:
    second = customers.sagemaker.describe_auto_ml_job_v2(AutoMLJobName="customers")
    table = second["AutoMLProblemTypeConfig"]["TabularJobConfig"]
    assert table["TargetAttributeName"] == "bought"
    assert second["AutoMLProblemTypeConfigName"] == "Tabular"
    assert second["AutoMLJobInputDataConfig"] == [{"DataSource": SOURCE}]
    assert second["BestCandidate"]["CandidateName"] == searched["BestCandidate"]["CandidateName"]
    attributes = second["ResolvedAttributes"]["AutoMLProblemTypeResolvedAttributes"]
    assert attributes["TabularResolvedAttributes"]["ProblemType"] == "BinaryClassification"


def test_a_job_whose_data_do_not_suit_fails_with_the_reason(customers: Account) -> None:
    failed = search(customers, "no-target", channels=[CHANNEL | {"TargetAttributeName": "gone"}])
    assert failed["AutoMLJobStatus"] == failed["AutoMLJobSecondaryStatus"] == "Failed"
    assert failed["FailureReason"].startswith("ClientError: there is no column 'gone'")
    [listed] = customers.sagemaker.list_auto_ml_jobs(NameContains="target")["AutoMLJobSummaries"]
    assert listed["FailureReason"] == failed["FailureReason"]


def test_a_job_can_be_stopped(customers: Account) -> None:
    customers.sagemaker.create_auto_ml_job_v2(
        AutoMLJobName="stopped",
        AutoMLJobInputDataConfig=[{"DataSource": SOURCE}],
        AutoMLProblemTypeConfig={"TabularJobConfig": TABLE},
        **JOB,
    )
    customers.sagemaker.stop_auto_ml_job(AutoMLJobName="stopped")
    assert describe_end(customers, "stopped")["AutoMLJobStatus"] == "Stopped"
    with pytest.raises(ClientError, match="is in status Stopped"):
        customers.sagemaker.stop_auto_ml_job(AutoMLJobName="stopped")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"ProblemType": "Regression"}, "Give both ProblemType and AutoMLJobObjective"),
        (
            {"ProblemType": "Regression", "AutoMLJobObjective": {"MetricName": "AUC"}},
            "the metric AUC is not for Regression",
        ),
        ({"GenerateCandidateDefinitionsOnly": True}, "GenerateCandidateDefinitionsOnly of Cr"),
        ({"ModelDeployConfig": {"AutoGenerateEndpointName": True}}, "ModelDeployConfig of Cr"),
        ({"channels": [CHANNEL | {"ContentType": "text/csv;header=absent"}]}, "is not read here"),
        (
            {"channels": [CHANNEL, CHANNEL | {"ChannelType": "validation"}]},
            "Give one channel, for training",
        ),
        ({"channels": [CHANNEL | {"SampleWeightAttributeName": "w"}]}, "SampleWeightAttributeName"),
    ],
)
def test_what_is_not_done_is_refused(
    customers: Account, fields: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ClientError, match=sentence):
        search(customers, "refused", **fields)


@pytest.mark.parametrize(
    ("field", "config"),
    [
        ("ImageClassificationJobConfig", {}),
        ("TextClassificationJobConfig", {"ContentColumn": "a", "TargetLabelColumn": "b"}),
        ("TabularJobConfig", TABLE | {"FeatureSpecificationS3Uri": "s3://automl/f.json"}),
        (
            "TabularJobConfig",
            TABLE
            | {"CandidateGenerationConfig": {"AlgorithmsConfig": [{"AutoMLAlgorithms": ["mlp"]}]}},
        ),
    ],
)
def test_other_problems_and_algorithms_are_refused_by_name(
    customers: Account, field: str, config: dict[str, Any]
) -> None:
    with pytest.raises(ClientError, match=r"is not (done here|supported by)"):
        customers.sagemaker.create_auto_ml_job_v2(
            AutoMLJobName="refused",
            AutoMLJobInputDataConfig=[{"DataSource": SOURCE}],
            AutoMLProblemTypeConfig={field: config},
            **JOB,
        )
