"""boto3 hosts the house-price pipeline: raw records in, the known prices out."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test import settings as surroundings
from local_test.endpoints import Endpoint
from local_test.engines import Engine
from local_test.engines.docker_engine.client import connect
from local_test.engines.docker_engine.docker_leftovers import LABEL, RUNNER_LABEL
from tests.clients.account import ROLE, Account, name_image, wait_until_settled
from tests.conftest import Pipeline


@pytest.fixture(scope="module")
def others(account: Account, engine: Engine) -> frozenset[str]:
    """The networks that were there before the endpoint of this module."""
    return list_networks(account) if engine.name == "docker" else frozenset()


@pytest.fixture(scope="module")
def prices(account: Account, pipeline: Pipeline, others: frozenset[str]) -> str:  # noqa: ARG001 - first
    """A model of both images, made once a service; its name is also its endpoint's."""
    store = account.bucket("prices")
    account.put(f"{store}/transform/model.tar.gz", pipeline.transform.read_bytes())
    account.put(f"{store}/booster/model.tar.gz", pipeline.booster.read_bytes())
    account.sagemaker.create_model(
        ModelName="prices",
        ExecutionRoleArn=ROLE,
        EnableNetworkIsolation=True,
        Containers=[
            {
                "Image": name_image("preprocessor"),
                "ModelDataUrl": f"{store}/transform/model.tar.gz",
            },
            {"Image": name_image("xgboost"), "ModelDataUrl": f"{store}/booster/model.tar.gz"},
        ],
    )
    account.sagemaker.create_endpoint_config(
        EndpointConfigName="prices",
        ProductionVariants=[
            {
                "VariantName": "AllTraffic",
                "ModelName": "prices",
                "InitialInstanceCount": 1,
                "InstanceType": "ml.m5.large",
            }
        ],
    )
    account.sagemaker.create_endpoint(EndpointName="prices", EndpointConfigName="prices")
    told = wait_until_settled(
        lambda: account.sagemaker.describe_endpoint(EndpointName="prices"), "EndpointStatus"
    )
    assert told["EndpointStatus"] == "InService", told
    return "prices"


def test_raw_records_become_the_same_prices_as_without_the_api(
    account: Account, prices: str, pipeline: Pipeline, endpoint: Endpoint
) -> None:
    records = b"".join(pipeline.records(5))
    answer = account.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=prices, Body=records, ContentType="text/csv", Accept="text/csv"
    )
    assert answer["Body"].read() == endpoint.invoke(records, "text/csv", "text/csv").body
    assert answer["ContentType"] == "text/csv"
    assert answer["InvokedProductionVariant"] == "AllTraffic"


def test_a_wrong_record_is_a_model_error_that_names_row_and_container(
    account: Account, prices: str
) -> None:
    with pytest.raises(ClientError) as refused:
        account.client("sagemaker-runtime").invoke_endpoint(
            EndpointName=prices, Body=b"1,2,3\n", ContentType="text/csv"
        )
    told = refused.value.response
    assert (told["Error"]["Code"], told["OriginalStatusCode"]) == ("ModelError", 400)
    assert "container-1" in told["Error"]["Message"]
    assert "3" in told["OriginalMessage"]


@pytest.mark.usefixtures("prices")
def test_an_isolated_models_containers_have_no_way_out(
    account: Account, engine: Engine, others: frozenset[str]
) -> None:
    if engine.name == "process":
        pytest.skip("without Docker nothing is isolated")
    with connect(surroundings.read_settings()) as client:
        (network,) = list_networks(account) - others  # stories before this one leave endpoints
        containers = client.containers.list(filters={"label": f"{LABEL}={network}"})
        assert client.networks.list(names=[network])[0].attrs["Internal"]
    assert [container.ports for container in containers] == [{}, {}]


def list_networks(account: Account) -> frozenset[str]:
    """Return the names of the networks that the service has made."""
    ours: dict[str, str | list[str] | bool] = {"label": f"{RUNNER_LABEL}={account.process.pid}"}
    with connect(surroundings.read_settings()) as client:
        return frozenset(str(network.name) for network in client.networks.list(filters=ours))
