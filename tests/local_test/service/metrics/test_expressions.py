"""Metric math over small series, compared with values worked out by hand."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from local_test.service.api.api_errors import ApiError
from local_test.service.metrics.expressions import check_expression, compute_expression
from local_test.service.metrics.series import Series

BEGINS = (0, 60, 120)
SERIES: Mapping[str, Series] = {
    "errors": {0: 1.0, 60: 4.0},
    "all": {0: 10.0, 60: 0.0, 120: 5.0},
}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("errors / all * 100", {0: 10.0}),  # a division by zero and a missing value give none
        ("FILL(errors, 0) + all", {0: 11.0, 60: 4.0, 120: 5.0}),
        ("FILL(errors, REPEAT)", {0: 1.0, 60: 4.0, 120: 4.0}),
        ("IF(all > 5, all, -1)", {0: 10.0, 60: -1.0, 120: -1.0}),
        ("IF(all > 5 AND errors >= 1, 1, 0)", {0: 1.0, 60: 0.0}),
        ("all == 0 || all == 5", {0: 0.0, 60: 1.0, 120: 1.0}),
        ("SUM([errors, all])", {0: 11.0, 60: 4.0, 120: 5.0}),
        ("AVG(METRICS())", {0: 5.5, 60: 2.0, 120: 5.0}),
        ("MAX(METRICS('err'))", {0: 1.0, 60: 4.0}),
        ("all - AVG(all)", {0: 5.0, 60: -5.0, 120: 0.0}),
        ("2 ^ errors", {0: 2.0, 60: 16.0}),
        ("CEIL(all / 4)", {0: 3.0, 60: 0.0, 120: 2.0}),
        ("5", {0: 5.0, 60: 5.0, 120: 5.0}),
    ],
)
def test_an_expression_has_a_value_for_each_period(text: str, values: Series) -> None:
    assert compute_expression(text, SERIES, BEGINS, ("errors", "all")) == values


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("errors +", "cannot be read"),
        ("other * 2", "no query with the Id other"),
        ("METRICS()", "several series"),
        ("errors.real", "'errors.real' is not supported"),
        ("RATE(errors)", "the function RATE with 1 arguments"),
        ("__import__('os')", "the function __import__"),
        ("SELECT SUM(x) FROM y", "cannot be read"),
        ("METRICS() + METRICS()", "two arrays"),
        ("1 / 0", "no result"),
    ],
)
def test_what_is_not_computed_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(ApiError, match=sentence):
        check_expression(text, ("errors", "all"), ("errors", "all"))
