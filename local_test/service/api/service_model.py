"""botocore's model of an AWS service: its operations, and the shapes of requests and responses."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import botocore.session  # type: ignore[import-untyped]
from botocore.model import OperationModel, Shape  # type: ignore[import-untyped]
from botocore.model import ServiceModel as BotocoreModel
from botocore.validate import ParamValidator  # type: ignore[import-untyped]

from local_test.service.api.api_errors import invalid
from local_test.service.api.constraints import find_violations
from local_test.service.api.tag_rules import check_tags

_TAGS = "TagList"


@dataclass
class ServiceModel:
    """The operations of an AWS service, each with the shapes of its request and its response."""

    service: str = "sagemaker"

    @cached_property
    def _model(self) -> BotocoreModel:
        return botocore.session.get_session().get_service_model(self.service)

    def get_operation(self, name: str) -> OperationModel:
        """Return the model of an operation of the service."""
        return self._model.operation_model(name)

    def validate(self, name: str, request: Any) -> None:
        """Check a request against its shape. Raises ApiError when the request is invalid."""
        shape = self.get_operation(name).input_shape
        if not isinstance(request, dict):
            raise invalid("The request body is not a JSON object.")
        if shape is None:
            return
        report = ParamValidator().validate(request, shape)
        if report.has_errors():
            raise invalid(report.generate_report())
        violations = find_violations(request, shape)
        if violations:
            errors = "error" if len(violations) == 1 else "errors"
            raise invalid(
                f"{len(violations)} validation {errors} detected: {'; '.join(violations)}"
            )
        for field, member in shape.members.items():
            if member.name == _TAGS and field in request:
                check_tags(request[field])


def list_fields(shape: Shape | None) -> tuple[str, ...]:
    """Return the names of a structure's fields."""
    return () if shape is None else tuple(shape.members)


def select_fields(record: dict[str, Any], shape: Shape | None) -> dict[str, Any]:
    """Return the fields of a record that a response of this shape has, except for None."""
    return {name: record[name] for name in list_fields(shape) if record.get(name) is not None}
