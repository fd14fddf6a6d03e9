"""Runs as rows: filter, order, CSV, and the differences of two."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from local_test.errors import UserError
from local_test.runs.difference import Difference, find_differences
from local_test.runs.run import Run, read_run
from local_test.runs.table import build_table, write_csv


def make_run(name: str, rmse: float | None = None, **parameters: float | str) -> Run:
    values = {
        key: {"StringValue" if isinstance(value, str) else "NumberValue": value}
        for key, value in parameters.items()
    }
    component: dict[str, Any] = {
        "TrialComponentName": name,
        "TrialComponentArn": f"arn/{name}",
        "CreationTime": 0.0,
        "StartTime": 1.0,
        "EndTime": 3.5,
        "Status": {"PrimaryStatus": "Completed"},
        "Parameters": values,
    }
    if rmse is not None:
        component["Metrics"] = [{"MetricName": "rmse", "Last": rmse}]
    return read_run(component)


RUNS = [
    make_run("a", 0.5, depth=3, kind="tree"),
    make_run("b", 0.25, depth=10, kind="dart"),
    make_run("c", depth=4),
]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "abc"),
        ("depth>3", "bc"),
        ("depth >= 3, rmse<0.5", "b"),
        ("kind=tree", "a"),
        ("kind!=tree", "bc"),
        ("rmse<9", "ab"),
        ("B", "b"),
    ],
)
def test_runs_are_filtered(text: str, found: str) -> None:
    assert (
        "".join(run.name for run in build_table(RUNS, text, "run", descending=False).runs) == found
    )


def test_runs_without_a_value_come_last_in_both_orders() -> None:
    for descending, expected in ((True, "abc"), (False, "bac")):
        table = build_table(RUNS, "", "rmse", descending=descending)
        assert "".join(run.name for run in table.runs) == expected
    by_number = build_table(RUNS, "", "depth", descending=False)
    assert [run.parameters["depth"] for run in by_number.runs] == [3, 4, 10]


def test_an_unknown_column_is_named() -> None:
    with pytest.raises(UserError, match="unknown column in the filter: 'heigth'"):
        build_table(RUNS, "heigth>3")
    with pytest.raises(UserError, match="unknown column: 'heigth'"):
        build_table(RUNS, "", "heigth")


def test_csv_has_all_digits_and_no_formulas() -> None:
    runs = [*RUNS, make_run("d", 1 / 3, kind="=1+1")]
    rows = list(csv.DictReader(io.StringIO(write_csv(build_table(runs, "", "run")))))
    assert [row["name"] for row in rows] == ["d", "c", "b", "a"]
    assert (rows[0]["rmse"], rows[0]["kind"], rows[0]["depth"]) == (repr(1 / 3), "'=1+1", "")
    assert (rows[1]["created"], rows[1]["seconds"]) == ("1970-01-01T00:00:00+00:00", "2.5")


def test_differences_are_sorted_by_what_they_are_of() -> None:
    machine = {"SageMaker.InstanceType": "ml.m5.large"}
    left = make_run("l", 0.5, depth=3, same=1, sagemaker_program="a.py", **machine)
    right = make_run("r", 0.5, same=1, sagemaker_program="b.py")
    assert find_differences(left, right) == [
        Difference("parameters", "depth", 3, None),
        Difference("code", "sagemaker_program", "a.py", "b.py"),
        Difference("environment", "SageMaker.InstanceType", "ml.m5.large", None),
    ]
    assert find_differences(left, left) == []
