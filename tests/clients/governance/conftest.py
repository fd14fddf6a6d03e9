"""A model that was trained, registered and deployed, for what its governance is read from."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from local_test.engines import Engine
from tests.clients.account import ROLE, Account, name_image, wait_until_settled
from tests.clients.conftest import told_once

NUMBERS = "".join(f"{3 * (row % 7)},{row % 7},{row}\n" for row in range(210))
NAME = "governed"


@dataclass(frozen=True)
class Governed:
    """The package's ARN, the bucket, and the model's archive; all else has the name `governed`."""

    package: str
    place: str
    archive: str


@pytest.fixture(scope="session")
def governed(account: Account, engine: Engine) -> Governed:
    told_once(engine)
    client, place = account.sagemaker, account.bucket(NAME, **{"in/a.csv": NUMBERS})
    metrics = [{"Name": "train:rmse", "Regex": r"train-rmse:(\S+)"}]
    account.train(
        NAME,
        name_image("xgboost"),
        f"{place}/in",
        HyperParameters={"num_round": "1"},
        algorithm={"MetricDefinitions": metrics},
    )
    archive = account.trained(NAME)["ModelArtifacts"]["S3ModelArtifacts"]
    container = {"Image": name_image("xgboost"), "ModelDataUrl": archive}
    client.create_model_package_group(ModelPackageGroupName=NAME)
    formats = {"SupportedContentTypes": ["text/csv"], "SupportedResponseMIMETypes": ["text/csv"]}
    package = client.create_model_package(
        ModelPackageGroupName=NAME,
        ModelApprovalStatus="Approved",
        InferenceSpecification={"Containers": [container], **formats},
    )
    client.create_model(ModelName=NAME, PrimaryContainer=container, ExecutionRoleArn=ROLE)
    variant = {"VariantName": "only", "ModelName": NAME, "InitialInstanceCount": 1}
    client.create_endpoint_config(
        EndpointConfigName=NAME, ProductionVariants=[variant | {"InstanceType": "ml.m5.large"}]
    )
    client.create_endpoint(EndpointName=NAME, EndpointConfigName=NAME)
    endpoint = wait_until_settled(
        lambda: client.describe_endpoint(EndpointName=NAME), "EndpointStatus"
    )
    assert endpoint["EndpointStatus"] == "InService", endpoint
    client.delete_endpoint(EndpointName=NAME)  # its lineage stays
    return Governed(package["ModelPackageArn"], place, archive)
