"""What the arguments of a cached step name by an address: inputs, code, images and functions.

On the service equal addresses are equal inputs. Here an object is often written again in its place,
an image is built again under its tag, and a step that then took its old results would surprise.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from local_test.errors import LocalError
from local_test.service.api.api_errors import ApiError
from local_test.service.backend import Backend
from local_test.service.images.image_map import Use
from local_test.service.resources.endpoint_configs.resource import ENDPOINT_CONFIG
from local_test.service.resources.functions.resource import find_function
from local_test.service.resources.models.resource import MODEL
from local_test.service.storage.s3 import S3Storage, parse_uri
from local_test.service.storage.s3_input import list_objects

_IMAGES: Mapping[str, Use] = {
    "TrainingImage": "training",
    "ImageUri": "processing",
    "Image": "serving",
}
"""The fields that name an image, and what it is used for."""

_OUTPUTS = frozenset(
    {
        *("OutputDataConfig", "ProcessingOutputConfig", "TransformOutput", "CheckpointConfig"),
        *("DebugHookConfig", "ProfilerConfig", "TensorBoardOutputConfig"),
    }
)
"""Fields whose addresses the step itself writes to."""

_RESOURCES = frozenset({"EndpointConfigName", "FunctionArn", "ModelName"})
_VARIANTS = ("ProductionVariants", "ShadowProductionVariants")

_VARIABLES = frozenset({"HyperParameters", "StaticHyperParameters", "Environment"})
_CODE_VARIABLES = frozenset({"sagemaker_submit_directory", "SAGEMAKER_SUBMIT_DIRECTORY"})
"""The variables by which the SageMaker SDK names the archive of a program."""


def read_contents(backend: Backend, region: str, arguments: Mapping[str, Any]) -> dict[str, str]:
    """Return what identifies the content of each thing that resolved arguments name.

    By S3 address these are the ETags of its objects, by image the engine's id of it, by function
    the hash of its code. What cannot be read has the sentence of the error: the step itself fails.
    """
    contents: dict[str, str] = {}
    for field, value in _find_names(arguments):
        name = f"{field} {value}"
        try:
            contents[name] = _identify(backend, region, field, value, contents)
        except (LocalError, ApiError) as error:
            contents[name] = str(error)
    return contents


def _identify(
    backend: Backend, region: str, field: str, value: Any, contents: dict[str, str]
) -> str:
    if field in _IMAGES:
        engine, images = backend.resolve_images([value], _IMAGES[field])
        return engine.identify_image(images[0].name)
    if field == "FunctionArn":
        return str(find_function(backend, region, value)["CodeSha256"])
    if field == "EndpointConfigName":
        config = backend.records.get(ENDPOINT_CONFIG, region, value)
        variants = {name: config[name] for name in _VARIANTS if name in config}
        contents.update(read_contents(backend, region, variants))
        return str(config["CreationTime"])
    if field == "ModelName":
        model = backend.records.get(MODEL, region, value)
        fields = ("PrimaryContainer", "Containers")
        containers: dict[str, Any] = {name: model[name] for name in fields if name in model}
        contents.update(read_contents(backend, region, containers))
        return json.dumps(containers, sort_keys=True)
    return _read_etags(backend.storage(region), value)


def _find_names(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the field and the name of all that is named: an S3 source is yielded as a mapping."""
    if isinstance(value, list):
        for item in value:
            yield from _find_names(item)
    elif isinstance(value, Mapping):
        if isinstance(value.get("S3Uri"), str):
            yield "S3Uri", {key: value[key] for key in ("S3Uri", "S3DataType") if key in value}
        for field, item in value.items():
            if field in _VARIABLES and isinstance(item, Mapping):
                yield from _find_code(item)
            elif field in {*_IMAGES, *_RESOURCES} and isinstance(item, str):
                yield field, item
            elif field == "ModelDataUrl" and isinstance(item, str):
                yield field, {"S3Uri": item}
            elif field not in _OUTPUTS:
                yield from _find_names(item)


def _find_code(variables: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name in sorted(_CODE_VARIABLES & variables.keys()):
        address = str(variables[name]).strip('"')  # hyperparameters of the SDK are JSON
        if address.startswith("s3://"):
            yield name, {"S3Uri": address}


def _read_etags(storage: S3Storage, source: Mapping[str, Any]) -> str:
    address = parse_uri(source["S3Uri"])
    etags = storage.list_etags(address)
    if source.get("S3DataType") == "ManifestFile":
        listed = [uri for uri, _ in list_objects(storage, source)]
        etags |= {str(uri): storage.read_etag(uri) for uri in listed}
    return " ".join(f"{key}={etag}" for key, etag in sorted(etags.items()))
