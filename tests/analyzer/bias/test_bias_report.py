"""The choice of rows and metrics, and the errors of metrics that are undefined."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from analyzer.bias import bias_report
from analyzer.bias.bias_report import Facet, LabeledData
from analyzer.bias.column_selection import Scalar, select_rows
from tandem.errors import UserError

ROWS = 44


def make_data(**changed: Any) -> LabeledData:
    columns = pd.DataFrame({"sex": ["f", "m"] * (ROWS // 2), "age": range(ROWS)})
    label = pd.Series([1, 0, 0, 1] * (ROWS // 4), name="label")
    return LabeledData(columns, label, [1], **changed)


def report(data: LabeledData, facet: Facet, *names: str) -> dict[str, Any]:
    metrics = bias_report.choose_metrics(bias_report.PRE_TRAINING, names or "all")
    entries: Any = bias_report.report_pre_training(data, [facet], metrics)
    return {metric["name"]: metric for metric in entries["facets"][facet.name][0]["metrics"]}


def test_a_metric_without_its_group_variable_has_an_error_and_leaves_the_others() -> None:
    metrics = report(make_data(), Facet("sex", ["f"]))
    assert metrics["CDDL"] == {
        "name": "CDDL",
        "description": "Conditional Demographic Disparity in Labels (CDDL)",
        "value": None,
        "error": "CDDL: no group variable. Add group_variable.",
    }
    assert metrics["CI"]["value"] == 0


def test_an_empty_facet_is_an_error_of_each_metric() -> None:
    metrics = report(make_data(groups=pd.Series(["a"] * ROWS)), Facet("sex", ["none"]), "CI", "KL")
    assert [metric["error"] for metric in metrics.values()] == [
        "CI: no row is in the facet.",
        "KL: no row is in the facet.",
    ]


def test_an_infinite_ratio_is_a_text_that_json_can_hold() -> None:
    predicted = pd.Series([1, 0, 1, 0] * (ROWS // 4))
    metrics = bias_report.choose_metrics(bias_report.POST_TRAINING, ["DI"])
    entries: Any = bias_report.report_post_training(
        make_data(predicted=predicted), [Facet("sex", ["f"])], metrics
    )
    assert entries["facets"]["sex"][0]["metrics"][0]["value"] == "Infinity"


def test_unknown_metrics_are_refused_with_the_known_ones() -> None:
    with pytest.raises(
        UserError, match=r"unknown bias metric 'DPPL'. Use 'all' or any of CDDL, CI"
    ):
        bias_report.choose_metrics(bias_report.PRE_TRAINING, ["DPPL"])


def test_predictions_without_a_positive_label_are_refused() -> None:
    data = make_data(predicted=pd.Series([0] * ROWS))
    with pytest.raises(UserError, match="no predicted label is positive"):
        data.select_predicted()


@pytest.mark.parametrize(
    ("column", "values", "selected"),
    [
        ([True, False, True], ["true"], [0, 2]),
        ([1, 0, 1] * 20, ["1"], [*range(0, 60, 3), *range(2, 60, 3)]),
        (["1.0", "2.0", "x"], [1], [0]),
        ([0.2, 0.7, np.nan], [0.5], [1]),
        (["a", None, "b"], ["a", "b"], [0, 2]),
    ],
    ids=["boolean", "text", "number", "threshold", "missing"],
)
def test_values_are_compared_across_types(
    column: list[Any], values: list[Scalar], selected: list[int]
) -> None:
    rows = select_rows(pd.Series(column), values).rows
    assert sorted(np.flatnonzero(rows).tolist()) == sorted(selected)


def test_a_threshold_that_is_no_number_is_refused() -> None:
    with pytest.raises(UserError, match="'old' is not a threshold for the continuous column 'age'"):
        select_rows(pd.Series([1.5, 2.5], name="age"), ["old"])


def test_a_continuous_facet_without_a_threshold_is_refused() -> None:
    metrics = bias_report.choose_metrics(bias_report.PRE_TRAINING, "all")
    with pytest.raises(UserError, match="no threshold for the continuous column 'age'"):
        bias_report.report_pre_training(make_data(), [Facet("age")], metrics)
