"""A job with exact attributions of a serial pipeline: every house, by the columns of its record."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from examples.house_prices import data
from tests.clients.account import ROLE, Account, name_image, run_service, wait_until_settled
from tests.conftest import Pipeline

FOLDER = "/opt/ml/processing"


@pytest.fixture(scope="module")
def houses(pipeline: Pipeline) -> pd.DataFrame:
    """All records with their prices, every cell as its text."""
    files = (pipeline.split.train, pipeline.split.holdout)
    return pd.concat([pd.read_csv(file, keep_default_na=False, dtype=str) for file in files])


@pytest.fixture(scope="module")
def account(
    pipeline: Pipeline, houses: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Account]:
    """A service with the endpoint `houses` of both containers, and the data set."""
    with run_service(pipeline.engine.name, tmp_path_factory.mktemp("raw")) as account:
        bucket = account.bucket("raw")
        account.put(f"{bucket}/data/houses.csv", houses.to_csv(index=False, header=False))
        archives = {"preprocessor": pipeline.transform, "xgboost": pipeline.booster}
        containers = [
            {
                "Image": name_image(image),
                "ModelDataUrl": account.put(f"{bucket}/{image}.tar.gz", archive.read_bytes()),
            }
            for image, archive in archives.items()
        ]
        name, client = "houses", account.sagemaker
        client.create_model(ModelName=name, ExecutionRoleArn=ROLE, Containers=containers)
        variant = {"VariantName": "AllTraffic", "ModelName": name, "InitialInstanceCount": 1}
        variant |= {"InstanceType": "ml.m5.large"}
        client.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
        client.create_endpoint(EndpointName=name, EndpointConfigName=name)
        told = wait_until_settled(
            lambda: client.describe_endpoint(EndpointName=name), "EndpointStatus"
        )
        assert told["EndpointStatus"] == "InService", told
        yield account


def test_attributions_of_raw_columns_add_up_to_every_price(
    account: Account, houses: pd.DataFrame
) -> None:
    config = {
        "dataset_type": "text/csv",
        "headers": list(houses.columns),
        "label": data.TARGET,
        "predictor": {
            "endpoint_name": "houses",
            "content_type": "text/csv",
            "accept_type": "text/csv",
        },
        "methods": {"tree_shap": {"agg_method": "mean_abs"}},
    }
    account.put("s3://raw/config/analysis_config.json", json.dumps(config))
    run_job(account)
    analysis = json.loads(account.get("s3://raw/out/analysis.json"))
    shap = analysis["explanations"]["tree_shap"]["label0"]
    local = pd.read_csv(io.BytesIO(account.get("s3://raw/out/explanations_shap/out.csv")))
    records = houses.drop(columns=data.TARGET)
    assert list(local.columns) == [f"{name}_label0" for name in records.columns]
    assert len(local) == len(records) == 1460
    runtime = account.client("sagemaker-runtime")
    body = records.to_csv(index=False, header=False)
    answer = runtime.invoke_endpoint(
        EndpointName="houses", Body=body, ContentType="text/csv", Accept="text/csv"
    )
    prices = np.loadtxt(io.BytesIO(answer["Body"].read()))
    totals = local.sum(axis=1).to_numpy() + shap["expected_value"]
    np.testing.assert_allclose(np.exp(totals), prices, rtol=5e-5)  # 1,500 trees in float32
    assert max(shap["global_shap_values"], key=shap["global_shap_values"].get) == "GrLivArea"


def run_job(account: Account) -> None:
    """Run the job of `s3://raw/config` on `s3://raw/data`, with results in `s3://raw/out`."""
    inputs = [
        {
            "InputName": name,
            "S3Input": {
                "S3Uri": f"s3://raw/{prefix}/",
                "LocalPath": f"{FOLDER}/input/{prefix}",
                "S3DataType": "S3Prefix",
                "S3InputMode": "File",
            },
        }
        for name, prefix in (("analysis_config", "config"), ("dataset", "data"))
    ]
    result = {"S3Uri": "s3://raw/out", "LocalPath": f"{FOLDER}/output", "S3UploadMode": "EndOfJob"}
    cluster = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
    account.sagemaker.create_processing_job(
        ProcessingJobName="raw",
        RoleArn=ROLE,
        AppSpecification={"ImageUri": name_image("analyzer")},
        ProcessingInputs=inputs,
        ProcessingOutputConfig={"Outputs": [{"OutputName": "analysis_result", "S3Output": result}]},
        ProcessingResources={"ClusterConfig": cluster},
    )
    ended = wait_until_settled(
        lambda: account.sagemaker.describe_processing_job(ProcessingJobName="raw"),
        "ProcessingJobStatus",
    )
    assert ended["ProcessingJobStatus"] == "Completed", ended
