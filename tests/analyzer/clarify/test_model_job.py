"""Clarify jobs of the local service, whose model is deployed, explained and removed again."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xgboost as xgb

from tests.analyzer.clarify.jobs import make_loans
from tests.analyzer.jobs import Place
from tests.analyzer.test_several_hosts import REPLICATED, make_hosts
from tests.clients.account import REGION, ROLE, Account, name_image, run_service, wait_until_settled

CLARIFY = "017069133835.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-clarify-processing:1.0"
FOLDER = "/opt/ml/processing"
LOANS = make_loans(150).assign(sex=lambda loans: (loans.sex == "f").astype(int))
FEATURES = [name for name in LOANS.columns if name != "approved"]
PREDICTOR = {
    "model_name": "loans",
    "instance_type": "ml.m5.large",
    "initial_instance_count": 1,
    "content_type": "text/csv",
    "accept_type": "text/csv",
    "endpoint_name_prefix": "shadow",
}

ALL: dict[str, Any] = {
    "label_values_or_threshold": [1],
    "probability_threshold": 0.5,
    "facet": [{"name_or_index": "sex", "value_or_threshold": [1]}],
    "predictor": PREDICTOR,
    "methods": {
        "post_training_bias": {"methods": ["DPPL", "DI", "RD"]},
        "shap": {
            "baseline": [LOANS[FEATURES].median().tolist()],
            "agg_method": "mean_abs",
            "seed": 1,
        },
        "pdp": {"grid_resolution": 5, "top_k_features": 2},
        "report": {"name": "report", "title": "Loans"},
    },
}


@pytest.fixture(scope="module")
def lender(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """Run a service with a model that says whether a loan is approved."""
    with run_service("process", tmp_path_factory.mktemp("lender")) as account:
        data = LOANS.to_csv(index=False, header=False)
        uri = account.bucket("loans", **{"data/loans.csv": data})
        parameters = {"objective": "binary:logistic", "num_round": "20", "max_depth": "3"}
        image = name_image("xgboost")
        account.train("loans", image, f"{uri}/data/", HyperParameters=parameters)
        trained = account.trained("loans")
        assert trained["TrainingJobStatus"] == "Completed", trained
        artifact = trained["ModelArtifacts"]["S3ModelArtifacts"]
        account.sagemaker.create_model(
            ModelName="loans",
            ExecutionRoleArn=ROLE,
            PrimaryContainer={"Image": image, "ModelDataUrl": artifact},
        )
        yield account


def run_job(
    account: Account,
    name: str,
    environment: dict[str, str] | None = None,
    hosts: int = 1,
    **config: Any,
) -> dict[str, Any]:
    """Run a Clarify job and describe how it ended."""
    common = {"dataset_type": "text/csv", "headers": list(LOANS.columns), "label": "approved"}
    account.put(f"s3://loans/{name}/analysis_config.json", json.dumps({**common, **config}))

    def make_input(title: str, uri: str, place: str) -> dict[str, Any]:
        source = {"S3Uri": uri, "LocalPath": place, "S3DataType": "S3Prefix"}
        return {"InputName": title, "S3Input": {**source, "S3InputMode": "File"}}

    folder = "captured" if environment else "data"
    config_uri = f"s3://loans/{name}/analysis_config.json"
    output = {"S3Uri": f"s3://loans/{name}/out", "LocalPath": f"{FOLDER}/output"}
    outputs = [
        {"OutputName": "analysis_result", "S3Output": {**output, "S3UploadMode": "EndOfJob"}}
    ]
    cluster = {"InstanceCount": hosts, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
    account.sagemaker.create_processing_job(
        ProcessingJobName=name,
        RoleArn=ROLE,
        AppSpecification={"ImageUri": CLARIFY},
        ProcessingInputs=[
            make_input("analysis_config", config_uri, f"{FOLDER}/input/config"),
            make_input("dataset", f"s3://loans/{folder}/", f"{FOLDER}/input/data"),
        ],
        ProcessingOutputConfig={"Outputs": outputs},
        ProcessingResources={"ClusterConfig": cluster},
        Environment=environment or {},
    )
    described: dict[str, Any] = wait_until_settled(
        lambda: account.sagemaker.describe_processing_job(ProcessingJobName=name),
        "ProcessingJobStatus",
    )
    return described


def list_endpoints(account: Account) -> list[str]:
    endpoints = account.sagemaker.list_endpoints()["Endpoints"]
    configs = account.sagemaker.list_endpoint_configs()["EndpointConfigs"]
    return [one["EndpointName"] for one in endpoints] + [
        one["EndpointConfigName"] for one in configs
    ]


@pytest.fixture(scope="module")
def explained(lender: Account) -> dict[str, Any]:
    """Run the job `all` on one host."""
    return run_job(lender, "all", **ALL)


def test_a_model_is_measured_explained_and_its_endpoint_removed(
    lender: Account, explained: dict[str, Any]
) -> None:
    ended = explained
    assert ended["ProcessingJobStatus"] == "Completed", ended
    assert list_endpoints(lender) == []
    analysis = json.loads(lender.get("s3://loans/all/out/analysis.json"))
    shap = analysis["explanations"]["kernel_shap"]["label0"]
    values = pd.read_csv(io.BytesIO(lender.get("s3://loans/all/out/explanations_shap/out.csv")))
    assert list(values.columns) == [f"{name}_label0" for name in FEATURES]
    for name in FEATURES:
        mean = values[f"{name}_label0"].abs().mean()
        assert shap["global_shap_values"][name] == pytest.approx(mean)
    assert max(shap["global_shap_values"], key=shap["global_shap_values"].get) == "income"
    # The attributions are those of the model's own predictions: their sums name the same classes.
    scores = values.sum(axis=1) + shap["expected_value"]
    assert scores.between(0, 1).all()
    predicted = scores > 0.5
    assert (predicted == LOANS.approved).mean() > 0.9
    metrics = analysis["post_training_bias_metrics"]["facets"]["sex"][0]["metrics"]
    women = LOANS.sex == 1
    assert {metric["name"]: metric["value"] for metric in metrics}["DPPL"] == pytest.approx(
        predicted[~women].mean() - predicted[women].mean()
    )
    curves = analysis["explanations"]["pdp"]
    assert curves[0]["feature_name"] == "income"
    assert np.shape(curves[0]["model_predictions"]) == (1, 5)
    keys = {key.rpartition("/out/")[2] for key in lender.keys("s3://loans/all/out/")}
    assert keys == {
        "analysis.json",
        "report.html",
        "report.ipynb",
        "report.pdf",
        "explanations_shap/baseline.csv",
        "explanations_shap/out.csv",
    }


@pytest.mark.usefixtures("explained")
def test_two_hosts_explain_to_the_bytes_of_one(lender: Account) -> None:
    ended = run_job(lender, "shared", hosts=2, **ALL)
    assert ended["ProcessingJobStatus"] == "Completed", ended
    assert list_endpoints(lender) == []
    keys = {key.rpartition("/out/")[2] for key in lender.keys("s3://loans/shared/out/")}
    for name in keys - {"report.pdf"}:
        written = lender.get(f"s3://loans/shared/out/{name}")
        assert written == lender.get(f"s3://loans/all/out/{name}"), name


def test_a_host_that_dies_ends_the_explanation_and_its_endpoint(
    lender: Account, tmp_path: Path
) -> None:
    place = Place(tmp_path / "alone")
    loans = pd.concat([LOANS] * 20)
    place.write("loans.csv", loans.to_csv(index=False, header=False))
    config = {
        "dataset_type": "text/csv",
        "headers": list(LOANS.columns),
        "label": "approved",
        "predictor": PREDICTOR,
        "methods": {"shap": {"baseline": LOANS[FEATURES].head(20).to_numpy().tolist()}},
    }
    variables = {
        "AWS_ENDPOINT_URL": lender.url,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    hosts = make_hosts(tmp_path, place, 2, REPLICATED, variables, config)
    for host in hosts:
        host.start()
    hosts[1].wait_for("explained ")
    hosts[1].process.kill()
    assert [host.end() for host in hosts] == [2, -9]
    assert f"{hosts[1].name} does not answer any more" in hosts[0].message
    assert list_endpoints(lender) == []
    assert not Place(hosts[0].root).output.exists()


def test_a_model_that_answers_attributions_is_explained_exactly(lender: Account) -> None:
    methods = {"tree_shap": {"agg_method": "mean_abs"}, "report": {"title": "Loans"}}
    ended = run_job(lender, "trees", hosts=2, predictor=PREDICTOR, methods=methods)
    assert ended["ProcessingJobStatus"] == "Completed", ended
    analysis = json.loads(lender.get("s3://loans/trees/out/analysis.json"))
    shap = analysis["explanations"]["tree_shap"]["label0"]
    local = pd.read_csv(io.BytesIO(lender.get("s3://loans/trees/out/explanations_shap/out.csv")))
    booster = read_booster(
        lender.get(lender.trained("loans")["ModelArtifacts"]["S3ModelArtifacts"])
    )
    rows = xgb.DMatrix(LOANS[FEATURES].to_numpy(dtype=np.float32))
    expected = booster.predict(rows, pred_contribs=True)
    assert (local.to_numpy().astype(np.float32) == expected[:, :-1]).all()
    assert np.float32(shap["expected_value"]) == expected[0, -1]
    means = np.abs(expected[:, :-1]).mean(axis=0).tolist()
    assert list(shap["global_shap_values"].values()) == pytest.approx(means, rel=1e-5)
    report = lender.get("s3://loans/trees/out/report.html").decode()
    assert "Expected log-odds" in report
    sentence = "Exact TreeSHAP values, which the model computes itself. Their unit is log-odds."
    assert sentence in report
    assert sentence in lender.get("s3://loans/trees/out/report.ipynb").decode()
    keys = {key.rpartition("/out/")[2] for key in lender.keys("s3://loans/trees/out/")}
    assert "explanations_shap/baseline.csv" not in keys


def read_booster(archive: bytes) -> xgb.Booster:
    with tarfile.open(fileobj=io.BytesIO(archive)) as members:
        content = members.extractfile("xgboost-model")
        assert content is not None
        return xgb.Booster(model_file=bytearray(content.read()))


def test_a_model_that_refuses_the_rows_fails_the_job_and_leaves_no_endpoint(
    lender: Account,
) -> None:
    ended = run_job(
        lender,
        "refused",
        headers=[*FEATURES, "approved"],
        label="sex",
        predictor={**PREDICTOR, "target_model": None},
        excluded_columns=["income"],
        methods={"shap": {"num_samples": 10}},
    )
    assert ended["ProcessingJobStatus"] == "Failed"
    assert "InvokeEndpoint failed" in ended["FailureReason"] + ended.get("ExitMessage", "")
    assert list_endpoints(lender) == []


def test_a_monitor_of_attributions_compares_their_order_with_the_baseline(
    lender: Account,
) -> None:
    rows = LOANS[FEATURES].head(40).to_csv(index=False, header=False)
    body = {"data": rows, "observedContentType": "text/csv", "encoding": "CSV"}
    lender.put("s3://loans/captured/1.jsonl", json.dumps({"captureData": {"endpointInput": body}}))
    reversed_order = {"age": 0.4, "region": 0.3, "sex": 0.05, "income": 0.01}
    baseline = {"kernel_shap": {"label0": {"global_shap_values": reversed_order}}}
    lender.put("s3://loans/captured/.baseline.json", json.dumps({"explanations": baseline}))
    ended = run_job(
        lender,
        "monitored",
        {
            "dataset_source": f"{FOLDER}/input/data",
            "dataset_format": '{"sagemakerCaptureJson": {}}',
            "baseline_constraints": f"{FOLDER}/input/data/.baseline.json",
        },
        headers=FEATURES,
        label=None,
        predictor=PREDICTOR,
        methods={"shap": {"baseline": [LOANS[FEATURES].median().tolist()], "seed": 1}},
    )
    assert ended["ExitMessage"].startswith("CompletedWithViolations: "), ended
    content = json.loads(lender.get("s3://loans/monitored/out/constraint_violations.json"))
    (violation,) = content["violations"]
    assert violation["constraint_check_type"] == "feature_attribution_drift_check"
    assert violation["label"] == "label0"
    assert list_endpoints(lender) == []
