"""Ranges that Autotune makes of example values."""

from __future__ import annotations

import pytest

from local_test.service.api.api_errors import ApiError
from local_test.service.resources.tuning.ranges.auto_parameters import expand_auto_parameters


@pytest.mark.parametrize(
    ("hint", "kind", "bounds", "scale"),
    [
        ("50", "Integer", ("12", "200"), "Logarithmic"),
        ("1", "Integer", ("1", "4"), "Logarithmic"),
        ("0", "Integer", ("0", "4"), "Linear"),
        ("-3", "Integer", ("-12", "12"), "Linear"),
        ("0.25", "Continuous", ("0.025", "1.0"), "Logarithmic"),
        ("2.5", "Continuous", ("0.25", "25.0"), "Logarithmic"),
        ("0.0", "Continuous", ("0.0", "10.0"), "Linear"),
    ],
)
def test_a_range_holds_its_hint(hint: str, kind: str, bounds: tuple[str, str], scale: str) -> None:
    fixed = {"Name": "alpha", "MinValue": "0", "MaxValue": "2"}
    given = {
        "ContinuousParameterRanges": [fixed],
        "AutoParameters": [{"Name": "x", "ValueHint": hint}],
    }
    ranges = expand_auto_parameters(given)
    made = {"Name": "x", "MinValue": bounds[0], "MaxValue": bounds[1], "ScalingType": scale}
    continuous = [fixed, made] if kind == "Continuous" else [fixed]
    assert ranges == {
        "IntegerParameterRanges": [made] if kind == "Integer" else [],
        "ContinuousParameterRanges": continuous,
    }


@pytest.mark.parametrize("hint", ["gbtree", "nan", "inf", ""])
def test_a_hint_that_is_no_number_is_refused(hint: str) -> None:
    with pytest.raises(ApiError, match="AutoParameter booster: the ValueHint"):
        expand_auto_parameters({"AutoParameters": [{"Name": "booster", "ValueHint": hint}]})
