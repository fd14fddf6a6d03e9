"""What a request says about a stack: its template, parameters and options."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_test.service.api.api_errors import ApiError
from local_test.service.api.json_protocol import ApiCall
from local_test.service.backend import Backend
from local_test.service.resources.stacks.resource import refuse
from local_test.service.resources.stacks.template.parameters import (
    describe_parameters,
    fill_parameters,
)
from local_test.service.resources.stacks.template.template import Template, parse_template
from local_test.service.storage.records import Record
from local_test.service.storage.s3 import parse_uri

_UNSUPPORTED: Mapping[str, str] = {
    "RollbackConfiguration": "Watch the stack's resources by alarms of your own",
    "TimeoutInMinutes": "Delete a stack that takes too long",
    "NotificationARNs": "Read DescribeStackEvents",
    "ResourceTypes": "Leave it out",
    "StackPolicyBody": "Leave it out",
    "StackPolicyURL": "Leave it out",
    "StackPolicyDuringUpdateBody": "Leave it out",
    "StackPolicyDuringUpdateURL": "Leave it out",
    "RetainExceptOnCreate": "Give a DeletionPolicy in the template",
    "RetainResources": "Give a DeletionPolicy in the template",
    "DeletionMode": "Leave it out",
    "DeploymentConfig": "Leave it out",
    "DisableValidation": "Leave it out",
    "ResourcesToImport": "Create the resources by the stack",
    "ImportExistingResources": "Create the resources by the stack",
    "IncludeNestedStacks": "Leave it out",
    "OnStackFailure": "Leave it out",
    "DeploymentMode": "Leave it out",
    "IncludePropertyValues": "Leave it out",
}
"""Fields whose effect would be missing, and what to do instead."""


@dataclass(frozen=True)
class WantedStack:
    """What a stack shall be: its template, the texts of its parameters, tags and capabilities."""

    template: Template
    texts: Mapping[str, str]
    tags: list[Record]
    capabilities: list[str]

    def list_fields(self) -> Record:
        """Return the fields of the stack's record."""
        return {
            "Template": self.template.text,
            "Description": self.template.description or None,
            "Texts": dict(self.texts),
            "Parameters": describe_parameters(self.template.parameters, self.texts),
            "Tags": self.tags,
            "Capabilities": self.capabilities,
        }

    def differs(self, stack: Record) -> bool:
        """Return whether an update of a stack would change anything."""
        same = (stack["Template"], stack["Texts"], stack.get("Tags") or [])
        return same != (self.template.text, dict(self.texts), self.tags)


def check_fields(call: ApiCall) -> None:
    """Raise ApiError when a request has a field that would have no effect here."""
    for field, advice in _UNSUPPORTED.items():
        if call.request.get(field):
            raise refuse(
                f"{field} of {call.operation} is not supported by the local service. {advice}."
            )


def read_wanted(backend: Backend, call: ApiCall, stack: Record | None) -> WantedStack:
    """Return what a request wants of a new stack, or of the one there is.

    Raises ApiError when a capability is missing, and TemplateError when the template or its
    parameters are invalid.
    """
    request = call.request
    if request.get("UsePreviousTemplate"):
        if stack is None or not stack.get("Template"):
            raise refuse("UsePreviousTemplate needs a stack that has a template.")
        text = stack["Template"]
    else:
        text = read_text(backend, call.region, request)
    template = parse_template(text)
    previous = {} if stack is None else stack.get("Texts") or {}
    texts = fill_parameters(template.parameters, request.get("Parameters") or (), previous)
    capabilities = list(request.get("Capabilities") or ())
    named = {"CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"}
    enough = named if template.capability == "CAPABILITY_IAM" else {template.capability}
    if template.capability and not enough & set(capabilities):
        what = f"Requires capabilities : [{template.capability}]"
        raise ApiError("InsufficientCapabilitiesException", what)
    tags = request.get("Tags")
    if tags is None:
        tags = [] if stack is None else stack.get("Tags") or []
    return WantedStack(template, texts, list(tags), capabilities)


def read_text(backend: Backend, region: str, request: Mapping[str, Any]) -> str:
    """Return the text of a template, inline or from S3. Raises ApiError without one."""
    body, url = request.get("TemplateBody"), request.get("TemplateURL")
    if (body is None) == (url is None):
        raise refuse("Either Template URL or Template Body must be specified.")
    if body is not None:
        return str(body)
    try:
        return backend.storage(region).read(parse_uri(str(url))).decode()
    except UnicodeDecodeError as error:
        raise refuse(f"The template is no text: {url}.") from error
