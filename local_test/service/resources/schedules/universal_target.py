"""Universal targets: a schedule that calls an operation of an AWS API.

Source: EventBridge Scheduler User Guide, 'Using universal targets'.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import botocore.session  # type: ignore[import-untyped]
from botocore import xform_name

from local_test.service.api.api_errors import invalid
from local_test.service.api.service_model import ServiceModel
from local_test.service.backend import Backend
from local_test.service.storage.state.journal import READ_ONLY

_ARN = re.compile(r"arn:aws:scheduler:::aws-sdk:([a-z0-9-]+):(\w+)")
_OF_MOTO = {"sqs", "sns"}
_SERVICES = ("sagemaker", "sqs", "sns", "lambda", "events")


@dataclass(frozen=True)
class UniversalTarget:
    """An operation of a service, by botocore's names."""

    service: str
    operation: str

    def check(self, text: str) -> None:
        """Check the input of the operation. Raises ApiError when it is invalid."""
        ServiceModel(self.service).validate(self.operation, _parse_input(text))

    def call(self, backend: Backend, region: str, text: str) -> None:
        """Call the operation. Raises what boto3 raises when it is refused."""
        get_client = backend.moto_client if self.service in _OF_MOTO else backend.aws.client
        method = getattr(get_client(self.service, region), xform_name(self.operation))
        method(**_parse_input(text))


def find_universal_target(arn: str) -> UniversalTarget | None:
    """Return the operation that an ARN names, None if it is the ARN of a resource.

    Raises ApiError when there is no such operation, or a schedule cannot call it.
    """
    match = _ARN.fullmatch(arn)
    if match is None:
        return None
    service, action = match.groups()
    if service not in _SERVICES:
        services = ", ".join(_SERVICES)
        raise invalid(f"unsupported service in {arn}. The local service calls: {services}.")
    model = botocore.session.get_session().get_service_model(service)
    names = {name.lower(): name for name in model.operation_names}
    if action.lower() not in names:
        raise invalid(f"unknown operation in {arn}. Use one of the API, such as `createModel`.")
    operation = names[action.lower()]
    if READ_ONLY.match(operation):
        raise invalid(f"operation that only reads in {arn}. Use one that changes something.")
    return UniversalTarget(service, operation)


def _parse_input(text: str) -> Mapping[str, Any]:
    try:
        content = json.loads(text or "{}")
    except ValueError as error:
        raise invalid(f"Input is not JSON: {error}. Give the parameters of the call.") from error
    if not isinstance(content, dict):
        raise invalid("Input is no JSON object. Give the parameters of the call.")
    return content
