"""Ranges that Autotune takes from what an image declares."""

from __future__ import annotations

from typing import Any

import pytest

from local_test.service.api.api_errors import ApiError
from local_test.service.resources.tuning.ranges.auto_parameters import complete_ranges
from local_test.service.resources.tuning.ranges.declared_ranges import parse_ranges

DECLARED = parse_ranges("depth=1..10 eta=0.1..0.5\nshift=-2.5..2", "image")


def choose(static: dict[str, str], *hints: tuple[str, str], **given: Any) -> dict[str, list[str]]:
    """Return the ranges by kind, each as `name min max`."""
    auto = [{"Name": name, "ValueHint": hint} for name, hint in hints]
    ranges = complete_ranges(given | {"AutoParameters": auto}, static, DECLARED, "image")
    return {
        kind: [f"{one['Name']} {one['MinValue']} {one['MaxValue']}" for one in found]
        for kind, found in ranges.items()
        if found
    }


def test_ranges_are_those_that_the_image_declares() -> None:
    continuous = "ContinuousParameterRanges"
    whole = {"IntegerParameterRanges": ["depth 1 10"]}
    assert choose({}) == whole | {continuous: ["eta 0.1 0.5", "shift -2.5 2"]}
    assert choose({"eta": "1", "shift": "0"}) == whole
    alpha = {"Name": "alpha", "MinValue": "0", "MaxValue": "2"}
    found = choose({}, ("depth", "12"), ("eta", "0.05"), **{continuous: [alpha]})
    assert found[continuous] == ["alpha 0 2", "eta 0.05 0.5"]
    assert found["IntegerParameterRanges"] == ["depth 1 12"]


@pytest.mark.parametrize(
    ("hint", "sentence"),
    [
        (("depth", "2.5"), "AutoParameter depth: the ValueHint '2.5' is not a whole number"),
        (("eta", "gbtree"), "AutoParameter eta: the ValueHint 'gbtree' is not a number"),
        (("eta", "nan"), "AutoParameter eta: the ValueHint 'nan' is not a number"),
        (("kind", "a"), "AutoParameter kind: the image image declares no range of it"),
    ],
)
def test_what_is_not_declared_or_no_number_is_refused(hint: tuple[str, str], sentence: str) -> None:
    with pytest.raises(ApiError, match=sentence):
        choose({}, hint)


@pytest.mark.parametrize("text", ["depth", "depth=10..1", "depth=a..b", "depth=1...2"])
def test_a_declaration_that_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(ApiError, match="is not a range name="):
        parse_ranges(text, "image")
