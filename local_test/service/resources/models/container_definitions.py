"""The container definitions of a model, and the stages that an engine runs for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.endpoints import Stage
from local_test.endpoints.stage import name_containers
from local_test.engines import Engine, LogSink
from local_test.errors import UserError
from local_test.service.backend import Backend
from local_test.service.images.local_image import LocalImage
from local_test.service.resources.models import model_artifacts
from local_test.service.resources.models.multi_model_archives import S3ArchiveSource
from local_test.service.storage.s3 import parse_uri


@dataclass(frozen=True)
class ModelStages:
    """The stages of a model, an engine that has their images, and these images."""

    engine: Engine
    stages: Sequence[Stage]
    images: Sequence[LocalImage]

    def log_notices(self, sink: LogSink) -> None:
        """Write what to know of each stand-in to its container's log."""
        for container, image in zip(name_containers(self.stages), self.images, strict=True):
            image.log_notices(sink, container)

    def list_notices(self) -> list[str]:
        """Return what to know of the stand-ins."""
        return [notice for image in self.images for notice in image.list_notices()]


def list_containers(model: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return a model's container definitions in the order of the request."""
    return model.get("Containers") or [model["PrimaryContainer"]]


def is_direct(model: Mapping[str, Any]) -> bool:
    """Return True if clients choose which of the model's containers they invoke (mode Direct)."""
    return bool(model.get("InferenceExecutionConfig", {}).get("Mode") == "Direct")


def resolve_packages(
    backend: Backend, region: str, model: Mapping[str, Any]
) -> Sequence[Mapping[str, Any]]:
    """Return a model's container definitions, with model packages replaced by their containers.

    Raises UserError when a model package does not exist, is not valid or not approved.
    """
    definitions: list[Mapping[str, Any]] = []
    for item in list_containers(model):
        if "ModelPackageName" in item:
            definitions += _read_package(backend, region, item)
        else:
            definitions.append(item)
    return definitions


def _read_package(backend: Backend, region: str, item: Mapping[str, Any]) -> list[dict[str, Any]]:
    name = item["ModelPackageName"]
    try:
        package = backend.aws.client("sagemaker", region).describe_model_package(
            ModelPackageName=name
        )
    except ClientError as error:
        raise UserError(f"there is no model package {name} in the registry") from error
    _check_deployable(name, package)
    environment = item.get("Environment", {})
    specification = _choose_specification(name, package, item.get("InferenceSpecificationName"))
    return [
        {**container, "Environment": {**container.get("Environment", {}), **environment}}
        for container in specification["Containers"]
    ]


def _check_deployable(name: str, package: Mapping[str, Any]) -> None:
    """Raise UserError unless a package is valid and, if it has a version, approved.

    Source: API, CreateModelPackage, `ModelApprovalStatus`: Approved is needed to deploy a version.
    """
    status = package["ModelPackageStatus"]
    if status != "Completed":
        raise UserError(
            f"model package {name} has the status {status}", "wait until it is Completed"
        )
    approval = package.get("ModelApprovalStatus")
    if "ModelPackageVersion" in package and approval != "Approved":
        raise UserError(
            f"model package {name} has the approval status {approval}",
            "approve it with UpdateModelPackage or in the console",
        )


def _choose_specification(
    name: str, package: Mapping[str, Any], chosen: str | None
) -> Mapping[str, Any]:
    """Return the inference specification of a package: the additional one of a name, or its own."""
    own = {None: package.get("InferenceSpecification")}
    additional = package.get("AdditionalInferenceSpecifications", ())
    specification = (own | {item["Name"]: item for item in additional}).get(chosen)
    if specification is None:
        what = "" if chosen is None else f" {chosen}"
        raise UserError(f"model package {name} has no inference specification{what}")
    return dict(specification)


def build_stages(
    backend: Backend, region: str, model: Mapping[str, Any], folder: Path
) -> ModelStages:
    """Fetch a model's archives into `folder`; return its stages and an engine that has its images.

    Raises UserError when an image, an archive or a model package does not exist.
    """
    definitions = resolve_packages(backend, region, model)
    uris = [item["Image"] for item in definitions]
    engine, images = backend.resolve_images(uris, "serving")
    built = []
    for index, (item, image) in enumerate(zip(definitions, images, strict=True)):
        options: dict[str, Any] = {
            "hostname": item.get("ContainerHostname", ""),
            "max_model_size": backend.max_model_size,
        }
        environment = {**image.environment, **item.get("Environment", {})}
        storage = backend.storage(region)
        if item.get("Mode", "SingleModel") == "MultiModel":
            library = S3ArchiveSource(storage, parse_uri(item["ModelDataUrl"]))
            built.append(Stage(image.name, None, environment, models=library, **options))
        else:
            model_data = model_artifacts.fetch_artifacts(storage, item, folder / str(index))
            options["model_name"] = model_artifacts.find_address(item)
            built.append(Stage(image.name, model_data, environment, **options))
    return ModelStages(engine, built, images)
