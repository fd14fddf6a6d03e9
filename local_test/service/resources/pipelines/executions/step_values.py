"""What the steps of an execution have given: properties, property files, resolved references."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.resources.pipelines.definition import PipelineStep
from local_test.service.resources.pipelines.executions.step_numbers import collect_numbers
from local_test.service.resources.pipelines.references import References, follow_path
from local_test.service.storage.records import Record
from local_test.service.storage.s3 import parse_uri


class StepValues:
    """The values that references of an execution's steps can refer to."""

    def __init__(self, backend: Backend, region: str, record: Record) -> None:
        self._backend, self._region = backend, region
        self._variables = dict(record["Facts"])
        self._properties: dict[str, Mapping[str, Any]] = {}
        self._files: dict[tuple[str, str], str] = {}
        self._references = References(
            record["Values"], self._properties, self._variables, self._files, self._read_object
        )

    def add(self, step: PipelineStep, properties: Mapping[str, Any]) -> None:
        """Add the properties and the property files of a step that has succeeded."""
        self._properties[step.name] = properties
        for file in step.files:
            path = f".ProcessingOutputConfig.Outputs['{file['OutputName']}'].S3Output.S3Uri"
            folder = str(follow_path(properties, path, step.name)).rstrip("/")
            self._files[step.name, file["PropertyFileName"]] = f"{folder}/{file['FilePath']}"

    def collect_numbers(self, step: PipelineStep) -> dict[str, str]:
        """Return the numbers that an added step has given, as texts by name."""
        files = {name: uri for (owner, name), uri in self._files.items() if owner == step.name}
        storage = self._backend.storage(self._region)
        return collect_numbers(storage, step, files, self._properties[step.name])

    def resolve(self, value: Any) -> Any:
        """Return a value with its references replaced. Raises ApiError when one is invalid."""
        self._variables["CurrentDateTime"] = datetime.fromtimestamp(now(), UTC).isoformat()
        return self._references.resolve(value)

    def _read_object(self, address: str) -> bytes:
        return self._backend.storage(self._region).read(parse_uri(address))
