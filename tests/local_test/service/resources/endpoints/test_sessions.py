"""Requests of a session go to its instance, and a serverless variant throttles."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from tests.clients.account import Account
from tests.local_test.service.resources.test_endpoints import (
    ask,
    container,
    endpoint,
    model,
)

MACHINE = {"InstanceType": "ml.m5.large"}


def deploy(account: Account, name: str, more: dict[str, Any], **behaviour: Any) -> dict[str, Any]:
    account.bucket("standins")
    model(account, name, container(account, name, **behaviour))
    account.sagemaker.create_endpoint_config(
        EndpointConfigName=name,
        ProductionVariants=[{"VariantName": "All", "ModelName": name, **more}],
    )
    told = endpoint(account, name)
    assert told["EndpointStatus"] == "InService", told
    return told


@pytest.fixture(scope="module")
def stateful(account: Account) -> Account:
    """The service with the endpoint `stateful` of two instances."""
    machines = MACHINE | {"InitialInstanceCount": 2}
    deploy(account, "stateful", machines, sessions="2090-01-01T00:00:00Z")
    return account


def open_session(account: Account, name: str = "stateful") -> tuple[str, str]:
    """Open a session; give its id, and the process that answers."""
    answer = ask(account, name, SessionId="NEW_SESSION")
    session, _, expires = answer["NewSessionId"].partition("; Expires=")
    assert expires.endswith("-01-01T00:00:00Z")
    return session, answer["Body"].partition("(")[0]


def test_a_session_stays_with_its_instance_until_it_is_closed(stateful: Account) -> None:
    owners = {ask(stateful, "stateful")["Body"].partition("(")[0] for _ in range(4)}
    assert len(owners) == 2
    session, owner = open_session(stateful)
    answers = {ask(stateful, "stateful", SessionId=session)["Body"] for _ in range(6)}
    assert answers == {f"{owner}(x)\n"}
    closed = ask(stateful, "stateful", "close", SessionId=session)
    assert closed["ClosedSessionId"] == session
    with pytest.raises(ClientError, match=f"Session {session} of endpoint stateful not found"):
        ask(stateful, "stateful", SessionId=session)


def test_a_session_ends_with_its_time_or_its_instance(account: Account) -> None:
    deploy(
        account,
        "brief-session",
        MACHINE | {"InitialInstanceCount": 1},
        sessions="2020-01-01T00:00:00Z",
    )
    session, _ = open_session(account, "brief-session")
    with pytest.raises(ClientError, match="not found or ended"):
        ask(account, "brief-session", SessionId=session)


@pytest.fixture(scope="module")
def serverless(account: Account) -> dict[str, Any]:
    """The description of the endpoint `serverless`, which takes one request at a time."""
    config = {"MaxConcurrency": 1, "MemorySizeInMB": 2048}
    return deploy(
        account, "serverless", {"ServerlessConfig": config}, streams=["part"], tag="serverless"
    )


def test_a_serverless_variant_throttles_beyond_its_concurrency(
    account: Account, serverless: dict[str, Any]
) -> None:
    [variant] = serverless["ProductionVariants"]
    assert variant["CurrentServerlessConfig"] == {"MaxConcurrency": 1, "MemorySizeInMB": 2048}
    desired = [{"VariantName": variant["VariantName"], "DesiredInstanceCount": 2}]
    with pytest.raises(ClientError, match="a serverless variant has no instances"):
        account.sagemaker.update_endpoint_weights_and_capacities(
            EndpointName="serverless", DesiredWeightsAndCapacities=desired
        )
    runtime = account.client("sagemaker-runtime")
    stream = runtime.invoke_endpoint_with_response_stream(EndpointName="serverless", Body=b"x")
    with closing(stream["Body"]), ThreadPoolExecutor(1) as clients:
        assert next(iter(stream["Body"]))  # one request is under way, and waits at the gate
        refused = clients.submit(ask, account, "serverless", "open the gate")
        with pytest.raises(ClientError) as throttled:
            refused.result()
    told = throttled.value.response
    assert told["Error"]["Code"] == "ThrottlingException"
    assert told["ResponseMetadata"]["HTTPStatusCode"] == 429


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (MACHINE, "a ServerlessConfig and an InstanceType"),
        ({"memory": 1500}, "give a multiple of 1024"),
        ({"ProvisionedConcurrency": 9}, "larger than MaxConcurrency"),
    ],
)
def test_an_invalid_serverless_config_is_refused(
    account: Account, serverless: dict[str, Any], more: dict[str, Any], sentence: str
) -> None:
    config = {"MaxConcurrency": 1, "MemorySizeInMB": more.pop("memory", 1024)}
    config |= {key: more.pop(key) for key in ("ProvisionedConcurrency",) if key in more}
    variant = {"VariantName": "All", "ModelName": "serverless", "ServerlessConfig": config}
    with pytest.raises(ClientError, match=sentence):
        account.sagemaker.create_endpoint_config(
            EndpointConfigName="refused", ProductionVariants=[variant | more]
        )
    assert serverless["EndpointStatus"] == "InService"
