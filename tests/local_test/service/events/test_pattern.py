"""Event patterns: each operator on values that it matches, and on values that it does not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local_test.service.api.api_errors import ApiError
from local_test.service.events.pattern import matches, parse_pattern

EVENT: dict[str, Any] = {
    "source": "aws.sagemaker",
    "resources": ["arn:aws:sagemaker:r:1:endpoint/a", "arn:aws:sagemaker:r:1:endpoint/b"],
    "detail": {
        "Name": "house-prices*7",
        "Rate": 0.5,
        "Count": 3,
        "Flag": True,
        "Nothing": None,
        "Address": "10.0.1.7",
        "Containers": [{"Image": "one"}, {"Image": "two", "Tags": ["x", "y"]}],
        "Empty": [],
    },
}


@pytest.mark.parametrize(
    "detail",
    [
        {"Name": ["other", "house-prices*7"]},
        {"Rate": [0.5]},
        {"Flag": [True]},
        {"Nothing": [None]},
        {"Name": [{"prefix": "house"}]},
        {"Name": [{"prefix": {"equals-ignore-case": "HOUSE"}}]},
        {"Name": [{"suffix": "*7"}]},
        {"Name": [{"suffix": {"equals-ignore-case": "ES*7"}}]},
        {"Name": [{"equals-ignore-case": "House-Prices*7"}]},
        {"Name": [{"wildcard": "house*7"}]},
        {"Name": [{"wildcard": r"house-prices\*7"}]},
        {"Name": [{"anything-but": "x"}]},
        {"Name": [{"anything-but": ["x", "y"]}]},
        {"Name": [{"anything-but": {"prefix": ["a", "b"]}}]},
        {"Name": [{"anything-but": {"wildcard": "*8"}}]},
        {"Rate": [{"numeric": [">", 0, "<=", 0.5]}]},
        {"Address": [{"cidr": "10.0.0.0/16"}]},
        {"Name": [{"exists": True}], "Missing": [{"exists": False}]},
        {"Missing": {"Inside": [{"exists": False}]}},
        {"Empty": [{"exists": False}]},
        {"Containers": {"Image": ["two"]}},
        {"Containers": {"Tags": ["y"]}},
        {"$or": [{"Name": ["x"]}, {"Count": [3]}]},
    ],
)
def test_a_pattern_matches(detail: dict[str, Any]) -> None:
    assert matches(parse_pattern(json.dumps({"detail": detail})), EVENT)


@pytest.mark.parametrize(
    "detail",
    [
        {"Name": ["house"]},
        {"Name": ["house-prices*7"], "Count": [4]},
        {"Count": [3.0]},
        {"Count": ["3"]},
        {"Flag": [1]},
        {"Missing": [None]},
        {"Name": [{"prefix": "House"}]},
        {"Count": [{"prefix": "3"}]},
        {"Name": [{"suffix": "8"}]},
        {"Name": [{"equals-ignore-case": "house"}]},
        {"Name": [{"wildcard": r"house\*"}]},
        {"Name": [{"anything-but": ["x", "house-prices*7"]}]},
        {"Name": [{"anything-but": {"prefix": ["a", "house"]}}]},
        {"Missing": [{"anything-but": "x"}]},
        {"Rate": [{"numeric": [">", 0.5]}]},
        {"Flag": [{"numeric": ["=", 1]}]},
        {"Address": [{"cidr": "10.0.2.0/24"}]},
        {"Name": [{"cidr": "10.0.2.0/24"}]},
        {"Name": [{"exists": False}]},
        {"Missing": [{"exists": True}]},
        {"Containers": {"Image": ["three"]}},
        {"Containers": ["one"]},
        {"$or": [{"Name": ["x"]}, {"Count": [4]}]},
    ],
)
def test_a_pattern_does_not_match(detail: dict[str, Any]) -> None:
    assert not matches(parse_pattern(json.dumps({"detail": detail})), EVENT)


def test_a_list_matches_by_one_of_its_entries() -> None:
    assert matches({"resources": [{"suffix": "/b"}]}, EVENT)
    assert not matches({"resources": [{"suffix": "/c"}]}, EVENT)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "not JSON"),
        ("[]", "not a JSON object with fields"),
        ("{}", "not a JSON object with fields"),
        ('{"source": "aws.sagemaker"}', "source must be an object or an array"),
        ('{"detail": {"a": []}}', "detail.a must be an object or an array"),
        ('{"a": [["b"]]}', "a has an array in an array"),
        ('{"a": [{"prefix": "b", "suffix": "c"}]}', "a condition with 2 operators"),
        ('{"a": [{"like": "b"}]}', "unrecognized operator like of a"),
        ('{"a": [{"prefix": 1}]}', "operator prefix of a cannot have the argument 1"),
        ('{"a": [{"numeric": [">"]}]}', "operator numeric of a"),
        ('{"a": [{"numeric": ["~", 1]}]}', "operator numeric of a"),
        ('{"a": [{"exists": "yes"}]}', "operator exists of a"),
        ('{"a": [{"anything-but": {"numeric": 1}}]}', "operator anything-but of a"),
        ('{"a": [{"cidr": "10.0.0.0/99"}]}', "operator cidr of a"),
        ('{"$or": {"a": [1]}}', "$or is not an array of objects"),
    ],
)
def test_an_invalid_pattern_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(ApiError) as caught:
        parse_pattern(text)
    assert caught.value.code == "InvalidEventPatternException"
    assert reason in caught.value.message
