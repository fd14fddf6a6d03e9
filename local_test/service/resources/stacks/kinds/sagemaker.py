"""SageMaker's resources, whose properties are the fields of the API's own requests.

Source: CloudFormation Template Reference, 'Amazon SageMaker resource type reference'.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]
from botocore.model import Shape  # type: ignore[import-untyped]

from local_test.service.api.service_model import ServiceModel
from local_test.service.resources.stacks.kinds.kind import ClientFactory, Created, CreationFailed

_API = ServiceModel()
_POLL_SECONDS = 0.5
_ABSENT = ("Could not find", "does not exist")

Request = dict[str, Any]


def _keep(request: Request) -> Request:
    return request


@dataclass(frozen=True)
class SageMakerKind:
    """A kind of resource whose API calls end in `method`, and its fields begin with `field`.

    `ref` is the field of its description that `Ref` gives; `updated` are the fields that an update
    can change, empty where a changed resource is replaced. `translate` returns the API's request
    for the properties. `waits`: it is used when its status says so.
    """

    method: str
    field: str
    ref: str
    updated: frozenset[str] = frozenset()
    more_attributes: frozenset[str] = frozenset()
    more_properties: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset({"ClientRequestToken"})
    translate: Callable[[Request], Request] = _keep
    longest: int = 63
    waits: bool = False

    @property
    def name_property(self) -> str:
        """The property with the name."""
        return f"{self.field}Name"

    @cached_property
    def properties(self) -> frozenset[str]:
        """The fields of the API's request to create it."""
        fields = frozenset(self._find_shape("Create").members)
        return (fields - self.hidden) | self.more_properties

    @property
    def attributes(self) -> frozenset[str]:
        """Its name, and what else its description has."""
        return frozenset({self.name_property}) | self.more_attributes

    def create(
        self,
        clients: ClientFactory,
        name: str,
        properties: Mapping[str, Any],
        stop: threading.Event,
    ) -> Created:
        """Create it by the API."""
        client = clients("sagemaker")
        request = self.translate({**properties, self.name_property: name})
        self._call(client, "create", convert_values(request, self._find_shape("Create")))
        return self._wait(client, name, stop)

    def update(
        self,
        clients: ClientFactory,
        name: str,
        properties: Mapping[str, Any],
        stop: threading.Event,
    ) -> Created | None:
        """Update it by the API, where its kind can be updated."""
        if not self.updated:
            return None
        client = clients("sagemaker")
        request = self.translate({**properties, self.name_property: name})
        request = {key: value for key, value in request.items() if key in self.updated}
        request[self.name_property] = name
        self._call(client, "update", convert_values(request, self._find_shape("Update")))
        return self._wait(client, name, stop)

    def delete(self, clients: ClientFactory, name: str) -> None:
        """Delete it, unless somebody else has deleted it."""
        client = clients("sagemaker")
        try:
            self._call(client, "delete", {self.name_property: name})
            while self.waits:
                self._call(client, "describe", {self.name_property: name})
                threading.Event().wait(_POLL_SECONDS)
        except ClientError as error:
            if not any(text in str(error) for text in _ABSENT):
                raise

    def _wait(self, client: Any, name: str, stop: threading.Event) -> Created:
        while True:
            described = self._call(client, "describe", {self.name_property: name})
            found = {key: described[key] for key in self.attributes if key in described}
            created = Created(name, str(described[self.ref]), found)
            status = described.get(f"{self.field}Status")
            if not self.waits or status == "InService":
                return created
            if status in {"Failed", "OutOfService"} or stop.is_set():
                reason = described.get("FailureReason", f"its status is {status}")
                raise CreationFailed(str(reason), created)
            stop.wait(_POLL_SECONDS)

    def _call(self, client: Any, verb: str, request: Request) -> dict[str, Any]:
        return dict(getattr(client, f"{verb}_{self.method}")(**request))

    def _find_shape(self, verb: str) -> Any:
        return _API.get_operation(f"{verb}{self.field}").input_shape


def convert_values(value: Any, shape: Shape) -> Any:
    """Return a value with texts as the numbers and truth values that a shape has, and back."""
    kind = shape.type_name
    if kind == "structure" and isinstance(value, Mapping):
        members = shape.members
        return {
            key: convert_values(item, members[key]) if key in members else item
            for key, item in value.items()
        }
    if kind == "list" and isinstance(value, list):
        return [convert_values(item, shape.member) for item in value]
    if kind == "map" and isinstance(value, Mapping):
        return {key: convert_values(item, shape.value) for key, item in value.items()}
    convert = _SCALARS.get(kind)
    return value if convert is None or value is None else convert(value)


def _convert_number(kind: Callable[[Any], float]) -> Callable[[Any], Any]:
    def convert(value: Any) -> Any:
        try:
            return kind(value)
        except (TypeError, ValueError):
            return value  # botocore refuses it, by its name

    return convert


def _convert_text(value: Any) -> Any:
    if not isinstance(value, int | float):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)


_SCALARS: Mapping[str, Callable[[Any], Any]] = {
    "integer": _convert_number(int),
    "long": _convert_number(int),
    "float": _convert_number(float),
    "double": _convert_number(float),
    "boolean": lambda value: {"true": True, "false": False}.get(str(value).lower(), value),
    "string": _convert_text,
}


def _translate_pipeline(request: Request) -> Request:
    """Return the request with the definition as the API has it."""
    definition = request.pop("PipelineDefinition", {})
    if not isinstance(definition, Mapping):
        return request | {"PipelineDefinition": definition}
    if "PipelineDefinitionBody" in definition:
        return request | {"PipelineDefinition": definition["PipelineDefinitionBody"]}
    location = definition.get("PipelineDefinitionS3Location", {})
    fields = {"Bucket": "Bucket", "Key": "ObjectKey", "Version": "VersionId"}
    found = {fields[key]: value for key, value in location.items() if key in fields}
    return request | {"PipelineDefinitionS3Location": found}


SAGEMAKER_KINDS = {
    "AWS::SageMaker::Model": SageMakerKind("model", "Model", "ModelArn"),
    "AWS::SageMaker::EndpointConfig": SageMakerKind(
        "endpoint_config", "EndpointConfig", "EndpointConfigArn"
    ),
    "AWS::SageMaker::Endpoint": SageMakerKind(
        "endpoint",
        "Endpoint",
        "EndpointArn",
        updated=frozenset({"EndpointConfigName", "DeploymentConfig"}),
        waits=True,
    ),
    "AWS::SageMaker::Pipeline": SageMakerKind(
        "pipeline",
        "Pipeline",
        "PipelineName",
        updated=frozenset(
            {
                *("PipelineDefinition", "PipelineDefinitionS3Location", "RoleArn"),
                *("PipelineDisplayName", "PipelineDescription", "ParallelismConfiguration"),
            }
        ),
        hidden=frozenset(
            {"ClientRequestToken", "PipelineDefinitionS3Location", "PipelineVersionAliases"}
        ),
        translate=_translate_pipeline,
        longest=256,
    ),
    "AWS::SageMaker::ModelPackageGroup": SageMakerKind(
        "model_package_group",
        "ModelPackageGroup",
        "ModelPackageGroupArn",
        more_attributes=frozenset({"ModelPackageGroupArn", "ModelPackageGroupStatus"}),
    ),
}
