"""The containers of a model: their definitions, and the stages that an engine runs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.endpoints import Stage
from local_test.engines import Engine
from local_test.errors import UserError
from local_test.service.backend import Backend
from local_test.service.resources.models import model_artifacts
from local_test.service.resources.models.multi_model_archives import BucketLibrary
from local_test.service.storage.s3 import parse


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
