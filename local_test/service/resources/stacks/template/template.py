"""A template of a stack: its parts, checked before anything is created."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import Any

from local_test.service.resources.stacks.kinds.registry import KINDS
from local_test.service.resources.stacks.template.document import read_document
from local_test.service.resources.stacks.template.errors import TemplateError
from local_test.service.resources.stacks.template.parameters import check_declaration
from local_test.service.resources.stacks.template.references import list_references

PSEUDO_PARAMETERS = frozenset(
    f"AWS::{name}"
    for name in ("AccountId", "NoValue", "Partition", "Region", "StackId", "StackName", "URLSuffix")
)
_PARTS = {
    *("AWSTemplateFormatVersion", "Description", "Metadata", "Parameters", "Mappings"),
    *("Conditions", "Resources", "Outputs"),
}
_FIELDS = {
    *("Type", "Properties", "DependsOn", "Condition", "DeletionPolicy", "UpdateReplacePolicy"),
    "Metadata",
}
_POLICIES = {"Delete", "Retain"}


@dataclass(frozen=True)
class Template:
    """A template: the text and what it says."""

    text: str
    content: Mapping[str, Any]

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The declared parameters by name."""
        return self._part("Parameters")

    @property
    def resources(self) -> Mapping[str, Any]:
        """The declared resources by logical name."""
        return self._part("Resources")

    @property
    def outputs(self) -> Mapping[str, Any]:
        """The declared outputs by name."""
        return self._part("Outputs")

    @property
    def conditions(self) -> Mapping[str, Any]:
        """The conditions by name."""
        return self._part("Conditions")

    @property
    def mappings(self) -> Mapping[str, Any]:
        """The mappings by name."""
        return self._part("Mappings")

    @property
    def description(self) -> str:
        """The description, "" without one."""
        return str(self.content.get("Description") or "")

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The logical names, each after those that it needs."""
        needs = {name: self.list_needs(name) for name in self.resources}
        try:
            return tuple(TopologicalSorter(needs).static_order())
        except CycleError as error:
            names = ", ".join(sorted(set(error.args[1])))
            raise TemplateError(f"Circular dependency between resources: [{names}]") from error

    @cached_property
    def capability(self) -> str:
        """The capability that a request must name for this template, "" for none.

        Source: API, CreateStack, `Capabilities`: for IAM resources, with or without names.
        """
        found = [item for item in self.resources.values() if item["Type"] == "AWS::IAM::Role"]
        named = any("RoleName" in item.get("Properties", {}) for item in found)
        return "CAPABILITY_NAMED_IAM" if named else "CAPABILITY_IAM" if found else ""

    def list_needs(self, name: str) -> set[str]:
        """Return the resources that must be there before a resource."""
        resource = self.resources[name]
        after = resource.get("DependsOn") or []
        needs = set([after] if isinstance(after, str) else after)
        needs |= {found for found, _ in list_references(resource.get("Properties", {}))}
        return needs & self.resources.keys()

    def _part(self, name: str) -> Mapping[str, Any]:
        part = self.content.get(name) or {}
        if not isinstance(part, Mapping):
            raise TemplateError(f"Template format error: {name} is no mapping.")
        return part


def parse_template(text: str) -> Template:
    """Return a template. Raises TemplateError when it cannot be deployed by this service."""
    template = Template(text, read_document(text))
    if unknown := sorted(map(str, template.content.keys() - _PARTS)):
        raise TemplateError(
            f"the section {unknown[0]} of a template is not supported here", "leave it out"
        )
    if not template.resources:
        raise TemplateError("Template format error: At least one Resources member must be defined.")
    for name, parameter in template.parameters.items():
        check_declaration(name, parameter)
    for name, resource in template.resources.items():
        _check_resource(name, resource)
        _check_values(template, f"resource {name}", [resource.get("Properties", {})])
        _check_conditions(template, f"resource {name}", resource)
        after = resource.get("DependsOn") or []
        for other in [after] if isinstance(after, str) else after:
            if other not in template.resources:
                raise TemplateError(
                    f"Template format error: Unresolved resource dependencies [{other}]"
                    f" in the Resources block of the template: resource {name}"
                )
    for name, output in template.outputs.items():
        _check_output(template, name, output)
    _check_values(template, "the conditions", template.conditions)
    _ = template.order
    return template


def _check_resource(name: str, resource: Any) -> None:
    if not isinstance(resource, Mapping) or "Type" not in resource:
        raise TemplateError(f"Template format error: resource {name} has no Type.")
    kind = KINDS.get(resource["Type"])
    if kind is None:
        raise TemplateError(
            f"the resource {name} is of the type {resource['Type']}, not supported here",
            f"use one of {', '.join(sorted(KINDS))}",
        )
    if unknown := sorted(resource.keys() - _FIELDS):
        raise TemplateError(
            f"{unknown[0]} of resource {name} is not supported here", "leave it out"
        )
    for field in ("DeletionPolicy", "UpdateReplacePolicy"):
        if resource.get(field, "Delete") not in _POLICIES:
            raise TemplateError(
                f"{field} of resource {name} is {resource[field]}, not supported here",
                "use Delete or Retain",
            )
    properties = resource.get("Properties") or {}
    if not isinstance(properties, Mapping):
        raise TemplateError(f"Template format error: Properties of {name} are no mapping.")
    if unknown := sorted(properties.keys() - kind.properties):
        raise TemplateError(
            f"the property {unknown[0]} of resource {name} is not supported here",
            f"{resource['Type']} has {', '.join(sorted(kind.properties))}",
        )


def _check_values(template: Template, where: str, value: Any) -> None:
    """Raise TemplateError when a reference in a value leads nowhere."""
    names = template.parameters.keys() | template.resources.keys() | PSEUDO_PARAMETERS
    for reference, attribute in list_references(value):
        known = reference in (template.resources if attribute else names)
        if known and attribute:
            kind = KINDS[template.resources[reference]["Type"]]
            known = attribute in kind.attributes
        if not known:
            word = f"{reference}.{attribute}" if attribute else reference
            raise TemplateError(
                f"Template format error: Unresolved resource dependencies [{word}]: {where}"
            )


def _check_conditions(template: Template, where: str, item: Mapping[str, Any]) -> None:
    for name in _list_conditions(item):
        if name not in template.conditions:
            raise TemplateError(f"Template format error: unresolved condition {name}: {where}")


def _list_conditions(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        if isinstance(value.get("Condition"), str):
            yield value["Condition"]
        if isinstance(branches := value.get("Fn::If"), list) and branches:
            yield str(branches[0])
    items = value.values() if isinstance(value, Mapping) else value
    for item in items if isinstance(value, Mapping | list) else ():
        if not isinstance(value, Mapping) or "AssumeRolePolicyDocument" not in value:
            yield from _list_conditions(item)


def _check_output(template: Template, name: str, output: Any) -> None:
    if not isinstance(output, Mapping) or "Value" not in output:
        raise TemplateError(f"Template format error: output {name} has no Value.")
    if "Export" in output:
        raise TemplateError(f"Export of output {name} is not supported here", "leave it out")
    _check_values(template, f"output {name}", output["Value"])
    _check_conditions(template, f"output {name}", output)
