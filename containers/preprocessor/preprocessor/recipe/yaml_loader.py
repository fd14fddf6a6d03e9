"""A YAML loader in which `no` and `on` are words, dates are texts, and keys are unique."""

from __future__ import annotations

import re
from typing import Any

import yaml


class _Loader(yaml.SafeLoader):
    pass


_Loader.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if pair[0].split(":")[-1] not in {"bool", "timestamp"}]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile("^(?:true|True|false|False)$"), list("tTfF")
)


def _construct_mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    names = [str(key.value) for key, _ in node.value]
    for index, (key, _) in enumerate(node.value):
        if key.value in names[:index]:
            raise yaml.constructor.ConstructorError(
                None, None, f"key {key.value!r} stands twice", key.start_mark
            )
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _construct_mapping)


def load_yaml(body: bytes) -> Any:
    """Return the content of a document. Raises yaml.YAMLError when it is invalid."""
    return yaml.load(body, _Loader)  # noqa: S506 - a SafeLoader with fewer kinds of scalar
