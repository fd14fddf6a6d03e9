"""Output parameters of Lambda and Callback steps have their types, or are refused."""

from __future__ import annotations

from typing import Any

import pytest

from local_test.service.api.api_errors import ApiError
from local_test.service.resources.pipelines.steps.output_parameters import (
    convert_outputs,
    list_outputs,
    read_outputs,
)


def convert(kind: str, value: Any) -> Any:
    declared = [{"OutputName": "out", "OutputType": kind}]
    return convert_outputs(declared, {"out": value, "other": 1}, "the function")["out"]


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("String", "a", "a"),
        ("String", 200, "200"),
        ("String", True, "true"),
        ("Integer", 3, 3),
        ("Integer", "3", 3),
        ("Float", 3, 3.0),
        ("Float", "0.25", 0.25),
        ("Boolean", False, False),
        ("Boolean", "True", True),
    ],
)
def test_a_value_is_converted_to_its_type_and_back(kind: str, value: Any, expected: Any) -> None:
    converted = convert(kind, value)
    assert (type(converted), converted) == (type(expected), expected)
    texts = read_outputs(list_outputs({"out": converted}))
    assert convert(kind, texts["out"]) == expected


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("String", None),
        ("String", {"a": 1}),
        ("Integer", 3.5),
        ("Integer", True),
        ("Integer", "three"),
        ("Float", "much"),
        ("Boolean", 1),
        ("Boolean", [True]),
    ],
)
def test_a_value_of_another_type_is_refused(kind: str, value: Any) -> None:
    with pytest.raises(ApiError, match=f"'out' is no {kind}: the function returned"):
        convert(kind, value)


def test_a_missing_and_a_long_value_are_refused() -> None:
    declared = [{"OutputName": "out"}]
    with pytest.raises(ApiError, match="missing output parameter 'out': the function"):
        convert_outputs(declared, {}, "the function")
    with pytest.raises(ApiError, match="'out' has over 1024 characters"):
        convert("String", "x" * 1025)
