"""The baseline is what Model Monitor reads, and says what pandas says of the same data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pandas as pd
import pytest

from tandem.baseline import baseline_files, quantile_sketch
from tandem.baseline.column_profile import ColumnProfile
from tandem.data.summaries.column_summary import count_cells
from tandem.data.summaries.distribution import build_distribution
from tests.preprocessor.training_jobs import make_houses, train_job

SCHEMAS = Path(__file__).parent / "model_monitor"
MISSING = frozenset({"", "NA"})
NUMBERS = ["SalePrice", "Id", "Size", "Slope", "LotFrontage"]


def checked(content: Any, name: str) -> Any:
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(content)
    return content


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    paths = train_job(tmp_path_factory.mktemp("job"), make_houses(), {"target": "SalePrice"})
    return {
        name: checked(json.loads((paths.output_data / f"{name}.json").read_text()), name)
        for name in ("statistics", "constraints")
    }


def test_the_target_stands_first_and_every_input_column_follows(files: dict[str, Any]) -> None:
    names = ["SalePrice", *make_houses().columns.drop("SalePrice")]
    assert [feature["name"] for feature in files["statistics"]["features"]] == names
    assert [feature["name"] for feature in files["constraints"]["features"]] == names
    assert files["statistics"]["dataset"]["item_count"] == 60


def test_the_types_are_those_of_the_values(files: dict[str, Any]) -> None:
    for file in files.values():
        assert {feature["name"]: feature["inferred_type"] for feature in file["features"]} == {
            "SalePrice": "Integral",
            "Id": "Integral",
            "Size": "Integral",
            "Slope": "Fractional",
            "Zone": "String",
            "LotFrontage": "Fractional",
            "PoolQC": "String",
            "Agent": "String",
            "Ghost": "Unknown",
        }


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_are_described_as_pandas_describes_them(files: dict[str, Any], name: str) -> None:
    found = next(f for f in files["statistics"]["features"] if f["name"] == name)
    said = found["numerical_statistics"]
    column = pd.to_numeric(make_houses()[name].replace("NA", None))
    assert said["common"] == {
        "num_present": int(column.count()),
        "num_missing": int(column.isna().sum()),
    }
    figures = {key: said[key] for key in ("mean", "sum", "std_dev", "min", "max")}
    assert figures == pytest.approx(
        {
            "mean": column.mean(),
            "sum": column.sum(),
            "std_dev": column.std(ddof=0),
            "min": column.min(),
            "max": column.max(),
        },
        rel=1e-12,
    )
    kept = said["distribution"]["kll"]
    edges = [bucket["lower_bound"] for bucket in kept["buckets"]] + [float(column.max())]
    assert edges == pytest.approx(np.linspace(column.min(), column.max(), 11), rel=1e-12)
    expected, _ = np.histogram(column.dropna(), edges)
    assert [bucket["count"] for bucket in kept["buckets"]] == expected.tolist()
    assert kept["sketch"]["data"] == [sorted(column.dropna().tolist())]


def test_texts_are_counted(files: dict[str, Any]) -> None:
    found = {feature["name"]: feature for feature in files["statistics"]["features"]}
    zone = found["Zone"]["string_statistics"]
    counts = make_houses()["Zone"].value_counts()
    assert zone["distinct_count"] == 3
    assert zone["distribution"]["categorical"]["buckets"] == [
        {"value": value, "count": count} for value, count in counts.items()
    ]
    pool = found["PoolQC"]["string_statistics"]
    assert pool["common"] == {"num_present": 10, "num_missing": 50}


def test_the_constraints_hold_for_the_data_they_come_from(files: dict[str, Any]) -> None:
    found = {feature["name"]: feature for feature in files["constraints"]["features"]}
    assert found["Size"]["num_constraints"] == {"is_non_negative": True}
    assert found["Slope"]["num_constraints"] == {"is_non_negative": False}
    assert found["Zone"]["string_constraints"] == {"domains": ["C (all)", "RL", "RM"]}
    # Model Monitor would take NA for a new text.
    assert found["PoolQC"]["string_constraints"] == {"domains": ["Gd", "NA"]}
    completeness = {name: feature["completeness"] for name, feature in found.items()}
    assert completeness["LotFrontage"] == pytest.approx(51 / 60)
    assert (completeness["Zone"], completeness["Ghost"]) == (1.0, 0.0)


def test_the_values_of_a_column_of_many_texts_are_not_given_away() -> None:
    agents = [f"agent-{n}@example.com" for n in range(101)] * 2
    column = ColumnProfile("agent", count_cells(agents, MISSING))
    text = json.dumps(
        [baseline_files.build_statistics([column]), baseline_files.build_constraints([column])]
    )
    assert "@example.com" not in text
    assert '"distinct_count": 101' in text
    identifiers = ColumnProfile("agent", count_cells(agents[:20], MISSING))
    assert "@example.com" not in json.dumps(baseline_files.build_constraints([identifiers]))
    few = ColumnProfile("agent", count_cells(agents[:50] * 2, MISSING))
    assert "agent-49@example.com" in json.dumps(baseline_files.build_constraints([few]))


@pytest.mark.parametrize(
    "cells",
    [
        ["1.5"],
        ["NA", ""],
        ["7", "7", "7"],
        ["-1.7e308", "1.7e308", "NA"],
        ["1.7e308"] * 3,
        ["-0.0", "0"],
        [" 3 ", "4"],
        ["é", "a,b", '"'],
    ],
)
def test_odd_columns_have_a_valid_description(cells: list[str]) -> None:
    column = ColumnProfile("odd", count_cells(cells, MISSING))
    said = checked(baseline_files.build_statistics([column]), "statistics")
    checked(baseline_files.build_constraints([column]), "constraints")
    json.dumps(said, allow_nan=False)
    figures = said["features"][0].get("numerical_statistics")
    if figures:
        counts = [bucket["count"] for bucket in figures["distribution"]["kll"]["buckets"]]
        assert sum(counts) == figures["common"]["num_present"]


@pytest.mark.parametrize("rows", [1, 2047, 2048, 2049, 4097, 50_000])
def test_the_sketch_weighs_every_value_and_keeps_the_ranks(rows: int) -> None:
    values = np.random.default_rng(rows).lognormal(size=rows)
    lists = quantile_sketch.build_compactors(build_distribution(values))
    weights = np.repeat([1 << level for level in range(len(lists))], list(map(len, lists)))
    points = np.concatenate([np.array(part) for part in lists])
    assert weights.sum() == rows
    assert max(map(len, lists)) <= quantile_sketch.SIZE
    order = np.argsort(points)
    middle = np.cumsum(weights[order]) - weights[order] / 2
    true = np.searchsorted(np.sort(values), points[order]) + 0.5
    assert np.abs(middle - true).max() <= 0.5  # each value is the middle one of those it stands for
    if rows <= quantile_sketch.SIZE:
        assert lists == [sorted(values.tolist())]
