"""Checks of the containers of a model package, and their origin in a model or another package.

Sources: API, InferenceSpecification and ModelPackageContainerDefinition; CreateModelPackage,
`SourceUri`: the ARN of a model or of a model package brings the containers.
"""

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from local_test.errors import UserError
from local_test.service.api.api_errors import invalid
from local_test.service.backend import Backend
from local_test.service.resources.model_packages.resource import find_package
from local_test.service.resources.models.container_definitions import resolve_packages
from local_test.service.resources.models.model_artifacts import check_artifacts
from local_test.service.resources.models.resource import MODEL
from local_test.service.storage.s3 import S3Storage, parse_uri

_MAX_ADDITIONAL = 15
_NEEDED_UNVERSIONED = ("SupportedTransformInstanceTypes", "SupportedRealtimeInferenceInstanceTypes")
_NOT_DONE = ("AdditionalS3DataSource", "AdditionalModelDataSources", "BaseModel")
_MODEL_ARN = re.compile(r"arn:aws[a-z-]*:sagemaker:[a-z0-9-]*:[0-9]{12}:model/(?P<name>[^/]+)")
_PACKAGE_ARN = re.compile(r"arn:aws[a-z-]*:sagemaker:[a-z0-9-]*:[0-9]{12}:model-package/.+")
_CONTAINER_FIELDS = ("ContainerHostname", "Image", "ModelDataUrl", "ModelDataSource", "Environment")

Specification = Mapping[str, Any]


def complete_specifications(
    backend: Backend, region: str, request: Mapping[str, Any], *, looks_inside: bool
) -> dict[str, Any]:
    """Return a request's inference specifications, with those that its SourceUri brings.

    With `looks_inside` images and model data must exist, and the containers have the ETag of their
    model data. Raises ApiError when a specification is invalid, UserError or EngineError when an
    image or model data is missing.
    """
    found = _read_source(backend, region, request) | {
        name: deepcopy(request[name])
        for name in ("InferenceSpecification", "AdditionalInferenceSpecifications")
        if name in request
    }
    for specification in _list_specifications(found):
        for container in specification["Containers"]:
            _check_container(container)
        if looks_inside:
            _look_inside(backend, region, specification["Containers"])
    return found


def check_unversioned(request: Mapping[str, Any]) -> None:
    """Check what the API demands of a package without versions. Raises ApiError otherwise."""
    if "SourceUri" in request:
        raise invalid(
            "SourceUri needs a ModelPackageGroupName: a package without versions has none."
        )
    for specification in _list_specifications(request):
        for name in _NEEDED_UNVERSIONED:
            if not specification.get(name):
                raise invalid(f"{name} is required for a model package without versions.")
        if any("ModelDataSource" in container for container in specification["Containers"]):
            raise invalid(
                "ModelDataSource needs a ModelPackageGroupName: "
                "a package without versions takes a ModelDataUrl."
            )


def add_specifications(
    present: Sequence[Specification], added: Sequence[Specification]
) -> list[Specification]:
    """Return the additional inference specifications of a package with the added ones.

    Raises ApiError when two have one name, or there are more than 15.
    """
    specifications = [*present, *added]
    names = [item["Name"] for item in specifications]
    for name in names:
        if names.count(name) > 1:
            raise invalid(f"An additional inference specification named {name} already exists.")
    if len(names) > _MAX_ADDITIONAL:
        raise invalid(
            f"too many additional inference specifications: {len(names)}. "
            f"A model package has at most {_MAX_ADDITIONAL}."
        )
    return specifications


def _list_specifications(fields: Mapping[str, Any]) -> list[Any]:
    first = [fields["InferenceSpecification"]] if "InferenceSpecification" in fields else []
    return [*first, *fields.get("AdditionalInferenceSpecifications", ())]


def _read_source(backend: Backend, region: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the specifications that a SourceUri brings: {} where it is neither kind of ARN."""
    source = str(request.get("SourceUri", ""))
    if source and "InferenceSpecification" in request:
        raise invalid("Give either an InferenceSpecification or a SourceUri.")
    if _PACKAGE_ARN.fullmatch(source):
        package = find_package(backend, region, source)
        names = ("InferenceSpecification", "AdditionalInferenceSpecifications")
        return {name: deepcopy(package[name]) for name in names if package.get(name)}
    if match := _MODEL_ARN.fullmatch(source):
        model = backend.records.get(MODEL, region, _find_model_name(backend, region, match["name"]))
        containers = [
            {name: item[name] for name in _CONTAINER_FIELDS if name in item}
            for item in resolve_packages(backend, region, model)
        ]
        return {"InferenceSpecification": {"Containers": containers}}
    return {}


def _find_model_name(backend: Backend, region: str, lowered: str) -> str:
    """Return the name of the model whose ARN, in small letters, ends with a name."""
    arn = MODEL.make_arn(region, lowered)
    records = [record for _, record in backend.records.list_all(MODEL, region)]
    return next((record["ModelName"] for record in records if record["ModelArn"] == arn), lowered)


def _check_container(container: Mapping[str, Any]) -> None:
    if "Image" not in container:
        raise invalid("Each container of a model package needs an Image.")
    for name in _NOT_DONE:
        if name in container:
            raise invalid(f"{name} of a container is not done by the local service. Leave it out.")
    if "ModelDataUrl" in container and "ModelDataSource" in container:
        raise invalid("A container has either a ModelDataUrl or a ModelDataSource.")
    check_artifacts(container)
    if "HubAccessConfig" in container.get("ModelDataSource", {}).get("S3DataSource", {}):
        raise invalid("HubAccessConfig is not done by the local service. Leave it out.")


def _look_inside(backend: Backend, region: str, containers: Sequence[dict[str, Any]]) -> None:
    backend.resolve_images([container["Image"] for container in containers], "serving")
    storage = backend.storage(region)
    for container in containers:
        etag = _find_model_data(storage, container)
        if etag is not None:
            container["ModelDataETag"] = etag


def _find_model_data(storage: S3Storage, container: Mapping[str, Any]) -> str | None:
    """Return the ETag of a container's ModelDataUrl, None if it has no such address.

    Raises ApiError when the model data does not exist.
    """
    source = container.get("ModelDataSource", {}).get("S3DataSource")
    address = container.get("ModelDataUrl") if source is None else source["S3Uri"]
    if address is None:
        return None
    uri = parse_uri(address)
    try:
        if source is not None and source["S3DataType"] == "S3Prefix":
            storage.list_prefix(uri)
            return None
        etag = storage.read_etag(uri)
    except UserError as error:
        raise invalid(f"Could not find model data at {address}: {error}") from error
    return etag if source is None else None
