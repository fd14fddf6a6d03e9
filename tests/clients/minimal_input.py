"""The smallest valid input of any AWS operation, made from botocore's model."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from botocore.model import Shape  # type: ignore[import-untyped]

TEXTS = (
    "name",
    "arn:aws:sagemaker:eu-central-1:123456789012:model/name",
    "arn:aws:iam::123456789012:role/name",
    "s3://bucket/key",
    "https://bucket/key",
    "1",
    "1.0",
    "ml.m5.large",
    "name@example.com",
    "{}",
    "2026-01-01T00:00:00Z",
    "name.py",
    "/opt/ml/name",
    "a-name1234",
)


def make_input(shape: Shape | None) -> Any:
    """Return the smallest value of a shape: required members alone."""
    if shape is None:
        return {}
    maker: Callable[[Any], Any] = _MAKERS.get(shape.type_name, _make_text)
    return maker(shape)


def _make_structure(shape: Shape) -> dict[str, Any]:
    names = list(shape.required_members)
    if getattr(shape, "is_tagged_union", False):
        names = list(shape.members)[:1]
    return {name: make_input(shape.members[name]) for name in names}


def _make_list(shape: Shape) -> list[Any]:
    return [make_input(shape.member)] * max(1, shape.metadata.get("min", 1))


def _make_number(shape: Shape) -> Any:
    return shape.metadata.get("min", 1)


def _make_text(shape: Shape) -> str:
    least, most = shape.metadata.get("min", 0), shape.metadata.get("max", 1 << 20)
    if "enum" in shape.metadata:
        return str(shape.metadata["enum"][0])
    fitting = [text.ljust(least, "0") for text in TEXTS if len(text) <= most] or ["a" * least]
    pattern = shape.metadata.get("pattern", "")
    return next((text for text in fitting if _matches(pattern, text)), fitting[0])


def _matches(pattern: str, text: str) -> bool:
    try:
        return not pattern or re.fullmatch(pattern, text) is not None
    except re.error:  # written for another dialect
        return True


_MAKERS: Mapping[str, Callable[[Any], Any]] = {
    "structure": _make_structure,
    "list": _make_list,
    "map": lambda shape: {make_input(shape.key): make_input(shape.value)},
    "boolean": lambda _: True,
    "timestamp": lambda _: 0,
    "blob": lambda _: b"{}",
    **dict.fromkeys(("integer", "long", "float", "double"), _make_number),
}
