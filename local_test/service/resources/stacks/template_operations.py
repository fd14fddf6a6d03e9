"""Operations on templates alone: check one, or return that of a stack."""

from local_test.service.api.json_protocol import ApiCall
from local_test.service.backend import Backend
from local_test.service.resources.generic_operations import Operations, Output
from local_test.service.resources.stacks.requests import check_fields, read_text
from local_test.service.resources.stacks.resource import find_stack, refuse
from local_test.service.resources.stacks.template.template import Template, parse_template


def _describe(template: Template) -> Output:
    parameters = [
        {
            "ParameterKey": name,
            "DefaultValue": None if "Default" not in one else str(one["Default"]),
            "NoEcho": str(one.get("NoEcho", False)).lower() == "true",
            "Description": one.get("Description"),
            "ParameterType": one["Type"],
        }
        for name, one in template.parameters.items()
    ]
    needed = template.capability
    reason = "The following resource(s) require capabilities: [AWS::IAM::Role]"
    return {
        "Parameters": parameters,
        "Description": template.description or None,
        "Capabilities": [needed] if needed else [],
        "CapabilitiesReason": reason if needed else None,
        "ResourceTypes": sorted({one["Type"] for one in template.resources.values()}),
        "Version": template.content.get("AWSTemplateFormatVersion"),
    }


def _validate(backend: Backend, call: ApiCall) -> Output:
    return _describe(parse_template(read_text(backend, call.region, call.request)))


def _summarize(backend: Backend, call: ApiCall) -> Output:
    check_fields(call)
    if "StackName" in call.request:
        stack = find_stack(backend, call.region, call.request["StackName"])
        return _describe(parse_template(stack["Template"]))
    return _validate(backend, call)


def _get(backend: Backend, call: ApiCall) -> Output:
    if "ChangeSetName" in call.request:
        raise refuse("ChangeSetName of GetTemplate is not supported by the local service.")
    stack = find_stack(backend, call.region, call.request["StackName"])
    return {"TemplateBody": stack["Template"], "StagesAvailable": ["Original", "Processed"]}


OPERATIONS: Operations = {
    "ValidateTemplate": _validate,
    "GetTemplateSummary": _summarize,
    "GetTemplate": _get,
}
