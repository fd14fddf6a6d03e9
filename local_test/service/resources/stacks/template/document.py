"""Read the text of a template: YAML with the short forms of functions, or JSON.

Source: CloudFormation User Guide, 'Template format' and 'Intrinsic function reference'.
"""

from collections.abc import Mapping
from typing import Any

import yaml

from local_test.service.resources.stacks.template.errors import TemplateError

_PREFIXED = (
    *("And", "Base64", "Cidr", "Equals", "FindInMap", "GetAtt", "GetAZs", "If", "ImportValue"),
    *("Join", "Length", "Not", "Or", "Select", "Split", "Sub", "ToJsonString", "Transform"),
)
_DATE_TAG = "tag:yaml.org,2002:timestamp"


class _Loader(yaml.SafeLoader):
    """YAML of templates: dates such as 2010-09-09 stay text."""


_Loader.yaml_implicit_resolvers = {
    first: [item for item in resolvers if item[0] != _DATE_TAG]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _construct_function(loader: _Loader, name: str, node: yaml.Node) -> Any:
    key = f"Fn::{name}" if name in _PREFIXED else name
    if isinstance(node, yaml.ScalarNode):
        return {key: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {key: loader.construct_sequence(node, deep=True)}
    if isinstance(node, yaml.MappingNode):
        return {key: loader.construct_mapping(node, deep=True)}
    raise TemplateError(f"Template format error: !{name} has no value")


_Loader.add_multi_constructor("!", _construct_function)


def read_document(text: str) -> Mapping[str, Any]:
    """Return the content of a template. Raises TemplateError when it is neither YAML nor JSON."""
    try:
        content = yaml.load(text, _Loader)  # noqa: S506 (a SafeLoader)
    except (yaml.YAMLError, ValueError) as error:
        what = " ".join(str(error).split())
        raise TemplateError(f"Template format error: YAML not well-formed. ({what})") from error
    if not isinstance(content, Mapping):
        raise TemplateError("Template format error: unsupported structure.")
    return content
