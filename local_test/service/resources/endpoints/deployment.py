"""From an endpoint's configuration to containers that serve."""

import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.endpoints import Endpoint, Stage
from local_test.engines import Engine
from local_test.errors import UserError
from local_test.platform.limits import ASYNC_BYTES, PAYLOAD_BYTES, PING_WINDOW_SECONDS
from local_test.service.api.resource_type import ENDPOINT_CONFIG, MODEL
from local_test.service.backend import Backend
from local_test.service.background.cloudwatch_logs import Stream
from local_test.service.background.running_endpoints import Variant
from local_test.service.resources.models import model_artifacts
from local_test.service.resources.models.multi_model_archives import BucketLibrary
from local_test.service.storage.records import Record
from local_test.service.storage.s3 import parse
from local_test.workspace import workspace

GROUP = "/aws/sagemaker/Endpoints/"


def containers(model: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return a model's containers in their order, as the request has them."""
    return model.get("Containers") or [model["PrimaryContainer"]]


def direct(model: Mapping[str, Any]) -> bool:
    """Return whether a client chooses which of a model's containers it asks."""
    return bool(model.get("InferenceExecutionConfig", {}).get("Mode") == "Direct")


def unpacked(
    backend: Backend, region: str, model: Mapping[str, Any]
) -> Sequence[Mapping[str, Any]]:
    """Return a model's containers; one that names a model package is that package's containers.

    A package that is not in the registry is a UserError.
    """
    found: list[Mapping[str, Any]] = []
    for item in containers(model):
        if "ModelPackageName" in item:
            found += _packaged(backend, region, item)
        else:
            found.append(item)
    return found


def _packaged(backend: Backend, region: str, item: Mapping[str, Any]) -> list[dict[str, Any]]:
    name = item["ModelPackageName"]
    try:
        told = backend.aws.client("sagemaker", region).describe_model_package(ModelPackageName=name)
    except ClientError as error:
        raise UserError(f"there is no model package {name} in the registry") from error
    given = item.get("Environment", {})
    return [
        {**container, "Environment": {**container.get("Environment", {}), **given}}
        for container in told["InferenceSpecification"]["Containers"]
    ]


def stages(
    backend: Backend, region: str, model: Mapping[str, Any], folder: Path
) -> tuple[Engine, list[Stage]]:
    """Fetch a model's archives into `folder` and give its stages with an engine for them.

    Images, archives and packages that are not there are UserErrors.
    """
    given = unpacked(backend, region, model)
    engine, images = backend.resolve([item["Image"] for item in given])
    made = []
    for index, (item, image) in enumerate(zip(given, images, strict=True)):
        named: dict[str, Any] = {
            "hostname": item.get("ContainerHostname", ""),
            "max_model_size": backend.max_model_size,
        }
        storage, environment = backend.storage(region), item.get("Environment", {})
        if item.get("Mode", "SingleModel") == "MultiModel":
            library = BucketLibrary(storage, parse(item["ModelDataUrl"]))
            made.append(Stage(image, None, environment, models=library, **named))
        else:
            model_data = model_artifacts.fetched(storage, item, folder / str(index))
            named["model_name"] = model_artifacts.address(item)
            made.append(Stage(image, model_data, environment, **named))
    return engine, made


@dataclass(frozen=True)
class Deployment:
    """Starts the variants of one endpoint."""

    backend: Backend
    region: str
    endpoint: str
    stop: threading.Event

    def start(self, config: str) -> list[Variant]:
        """Start every variant of a configuration; where one fails, none is left running."""
        record = self.backend.records.get(ENDPOINT_CONFIG, self.region, config)
        started: list[Variant] = []
        with ExitStack() as stack:
            for told in record["ProductionVariants"]:
                variant = self._variant(told, record)
                stack.callback(variant.close)
                started.append(variant)
            stack.pop_all()
        return started

    def _variant(self, told: Record, config: Record) -> Variant:
        start = _Start(self, told, asynchronous="AsyncInferenceConfig" in config)
        weight = told.get("InitialVariantWeight", 1.0)
        return Variant(told["VariantName"], weight, start(), start, config)


@dataclass(frozen=True)
class _Start:
    """Starts one variant's containers, as often as it is called."""

    deployment: Deployment
    told: Record
    asynchronous: bool
    instance: str = field(default_factory=lambda: f"i-0{token_hex(8)}")

    def __call__(self) -> Endpoint:
        """Start them and wait for their health."""
        backend, region = self.deployment.backend, self.deployment.region
        model = backend.records.get(MODEL, region, self.told["ModelName"])
        seconds = self.told.get("ContainerStartupHealthCheckTimeoutInSeconds", PING_WINDOW_SECONDS)
        with workspace() as folder:
            engine, made = stages(backend, region, model, folder)
            return Endpoint(
                made,
                engine,
                logs=self._log,
                ping_seconds=seconds,
                payload_bytes=ASYNC_BYTES if self.asynchronous else PAYLOAD_BYTES,
                isolated=model["EnableNetworkIsolation"],
                direct=direct(model),
                stop=self.deployment.stop,
            ).__enter__()

    def _log(self, container: str, line: str) -> None:
        stream = f"{self.told['VariantName']}/{self.instance}"
        if container != "primary":
            stream = f"{stream}/{container}"
        group = f"{GROUP}{self.deployment.endpoint}"
        self.deployment.backend.logs.add(Stream(self.deployment.region, group, stream), line)
