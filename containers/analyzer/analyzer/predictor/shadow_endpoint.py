"""A shadow endpoint: the model of a job is deployed for the analysis, and deleted after it."""

from __future__ import annotations

import json
import signal
import uuid
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from types import FrameType
from typing import Any, NamedTuple

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError, ClientError, WaiterError  # type: ignore[import-untyped]

from analyzer.configuration.predictor_config import PredictorConfig
from analyzer.predictor.model_outputs import Send
from analyzer.predictor.request_bodies import RequestBody
from tandem.errors import Stopped, UserError
from tandem.logs import logger

# Requests that an endpoint gets at a time.
_PARALLEL = 4
_CLIENT = Config(retries={"max_attempts": 4, "mode": "standard"}, read_timeout=90)


class UnusableModel(UserError):
    """The model cannot be deployed, or its endpoint does not answer."""


class ServedModel(NamedTuple):
    """The predictor with the name of its endpoint, and a function that sends it requests."""

    config: PredictorConfig
    send: Send


@contextmanager
def serve_predictor(config: PredictorConfig) -> Iterator[ServedModel]:
    """Yield the predictor's endpoint.

    A model gets an endpoint of its own, which is deleted in every case. Raises UnusableModel when
    the endpoint fails.
    """
    with _translate_errors(), ExitStack() as stack:
        name = config.endpoint_name
        if name is None:
            name = stack.enter_context(_deploy(config))
        served = replace(config, endpoint_name=name, model_name=None)
        yield ServedModel(served, _make_sender(served, name))


@contextmanager
def _deploy(config: PredictorConfig) -> Iterator[str]:
    client = boto3.client("sagemaker", config=_CLIENT)
    name = f"{config.endpoint_prefix}-{uuid.uuid4().hex[:12]}"
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": config.model_name,
        "InstanceType": config.instance_type,
        "InitialInstanceCount": config.instance_count,
    }
    client.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    try:
        client.create_endpoint(EndpointName=name, EndpointConfigName=name)
        try:
            logger.info("creating the endpoint %s of the model %s", name, config.model_name)
            with _raising_on_sigterm():
                _wait(client, name)
                yield name
        finally:
            client.delete_endpoint(EndpointName=name)
            logger.info("deleted the endpoint %s", name)
    finally:
        client.delete_endpoint_config(EndpointConfigName=name)


@contextmanager
def _raising_on_sigterm() -> Iterator[None]:
    """Raise Stopped on SIGTERM, so that a stopped job deletes its endpoint."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise Stopped("stopped on request before the analysis was complete")

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _wait(client: Any, name: str) -> None:
    waiter = client.get_waiter("endpoint_in_service")
    try:
        waiter.wait(EndpointName=name, WaiterConfig={"Delay": 2, "MaxAttempts": 1800})
    except WaiterError:
        described = client.describe_endpoint(EndpointName=name)
        reason = described.get("FailureReason") or described["EndpointStatus"]
        raise UnusableModel(f"the endpoint of the model does not start: {reason}") from None


def _make_sender(config: PredictorConfig, name: str) -> Send:
    client = boto3.client("sagemaker-runtime", config=_CLIENT)
    fixed: dict[str, str] = {
        "EndpointName": name,
        "ContentType": config.content_type or "text/csv",
        "Accept": config.accept_type or "text/csv",
    }
    if config.custom_attributes is not None:
        fixed["CustomAttributes"] = config.custom_attributes
    if config.target_model is not None:
        fixed["TargetModel"] = config.target_model

    def send_one(body: RequestBody) -> bytes:
        parameters = {**fixed, **body.parameters}
        return bytes(client.invoke_endpoint(Body=body.content, **parameters)["Body"].read())

    def send(bodies: Sequence[RequestBody]) -> Sequence[bytes]:
        with ThreadPoolExecutor(_PARALLEL) as pool:
            return list(pool.map(send_one, bodies))

    return send


@contextmanager
def _translate_errors() -> Iterator[None]:
    """Raise UnusableModel for what the API refuses, with the model's own message if it has one."""
    try:
        yield
    except ClientError as error:
        answer: Mapping[str, Any] = error.response
        message = _read_message(str(answer.get("OriginalMessage") or ""))
        message = message or str(answer["Error"].get("Message", error))
        raise UnusableModel(f"{error.operation_name} failed: {message}") from None
    except BotoCoreError as error:
        raise UnusableModel(f"the API of SageMaker does not answer: {error}") from None


def _read_message(text: str) -> str:
    try:
        content = json.loads(text)
    except ValueError:
        return text
    return str(content.get("error", text)) if isinstance(content, dict) else text
