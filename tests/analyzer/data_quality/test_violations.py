"""Planted faults give exactly their violations, and data without a fault gives none."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from analyzer.data_quality.baseline import read_baseline
from analyzer.data_quality.checks import compare_features
from analyzer.data_quality.dataset_summary import summarize
from analyzer.dataset.chunks import Chunk
from tests.analyzer.jobs import Place, make_table, to_csv

Table = dict[str, list[str]]


@pytest.fixture(scope="module")
def baseline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Suggest a baseline of 4000 rows that leaves a tenth of the values room to be missing."""
    place = Place(tmp_path_factory.mktemp("baseline"))
    place.write("a.csv", to_csv(make_table(1, 4000)))
    assert place.run().startswith("Completed: ")
    constraints = place.read("constraints.json")
    for feature in constraints["features"]:
        if feature["name"] == "gapped":
            feature["completeness"] = 0.85
    (place.output / "constraints.json").write_text(json.dumps(constraints))
    return place.output


def monitor(tmp_path: Path, baseline: Path, table: Table, **options: object) -> Place:
    place = Place(tmp_path / "job")
    place.write("b.csv", to_csv(table))
    if options:
        for name in ("constraints.json", "statistics.json"):
            content = json.loads((baseline / name).read_text())
            if name == "constraints.json":
                content["monitoring_config"]["distribution_constraints"] |= options
            (tmp_path / name).write_text(json.dumps(content))
        baseline = tmp_path
    place.run(baseline=baseline)
    return place


def shift(table: Table) -> Table:
    return table | {"balance": [f"{float(each) + 8:.3f}" for each in table["balance"]]}


def lose(table: Table) -> Table:
    return table | {"age": ["" if row % 5 == 0 else a for row, a in enumerate(table["age"])]}


def invent(table: Table) -> Table:
    return table | {"state": ["TX" if r % 50 == 0 else s for r, s in enumerate(table["state"])]}


def retype(table: Table) -> Table:
    return table | {"age": [f"{a}y" if row % 20 == 0 else a for row, a in enumerate(table["age"])]}


def split(table: Table) -> Table:
    return table | {"age": [f"{a}.5" if row % 20 == 0 else a for row, a in enumerate(table["age"])]}


def turn(table: Table) -> Table:
    return table | {"state": ["OH" if s == "NY" else "NY" for s in table["state"]]}


def drop(table: Table) -> Table:
    return {name: cells for name, cells in table.items() if name != "amount"}


def extend(table: Table) -> Table:
    return table | {"new": table["age"]}


@pytest.mark.parametrize("method", ["Robust", "Simple", "Significance"])
@pytest.mark.parametrize(
    ("fault", "violations"),
    [
        (dict, []),
        (shift, [("balance", "baseline_drift_check")]),
        (lose, [("age", "completeness_check")]),
        (invent, [("state", "categorical_values_check")]),
        (retype, [("age", "data_type_check")]),
        (split, [("age", "data_type_check")]),
        (turn, [("state", "baseline_drift_check")]),
        (drop, [("Missing columns", "missing_column_check")]),
        (extend, [("Extra columns", "extra_column_check")]),
    ],
)
def test_a_planted_fault_gives_exactly_its_violation(
    tmp_path: Path,
    baseline: Path,
    fault: Callable[[Table], Table],
    violations: list[tuple[str, str]],
    method: str,
) -> None:
    table = fault(make_table(2, 2000))
    place = monitor(tmp_path, baseline, table, comparison_method=method)
    assert place.list_violations() == violations


def test_a_small_sample_raises_no_alarm_by_chance(baseline: Path) -> None:
    """Of 40 samples of 100 rows the simple rule finds drift in most, ours in few, Robust in none.

    The level of ours is the chance of one false alarm or more among all columns of a data set.
    """
    alarms = dict.fromkeys(("Simple", "Significance", "Robust"), 0)
    read = read_baseline(baseline / "constraints.json", baseline / "statistics.json")
    for seed in range(40):
        cells = {name: Counter(column) for name, column in make_table(100 + seed, 100).items()}
        columns = summarize([Chunk(100, cells)]).describe()
        results = compare_features(read, columns)
        for method in alarms:
            alarms[method] += any(
                replace(each, config=replace(each.config, comparison_method=method)).drifted
                for each in results
            )
    assert alarms["Simple"] > 15
    assert alarms["Significance"] <= 5
    assert alarms["Robust"] == 0


def test_effect_sample_sizes_and_p_values_stand_beside_the_verdict(
    tmp_path: Path, baseline: Path
) -> None:
    place = monitor(tmp_path, baseline, shift(make_table(2, 300)))
    found = {each["name"]: each for each in place.read("drift.json")["features"]}
    assert set(found) == {"age", "amount", "balance", "gapped", "state"}
    shifted = found["balance"]
    assert (shifted["baseline_count"], shifted["current_count"]) == (4000, 300)
    assert shifted["distance"] == pytest.approx(0.31, abs=0.06)
    assert shifted["corrected_p_value"] == pytest.approx(5 * shifted["p_value"])
    assert shifted["corrected_p_value"] < 1e-6
    assert shifted["drifted"] is True
    assert found["state"]["corrected_p_value"] > 0.05


def test_a_feature_overrides_the_options_of_the_file(tmp_path: Path, baseline: Path) -> None:
    content = json.loads((baseline / "constraints.json").read_text())
    for feature in content["features"]:
        if feature["name"] == "balance":
            feature["monitoring_config_overrides"] = {
                "distribution_constraints": {"comparison_threshold": 0.9}
            }
        if feature["name"] == "age":
            feature["monitoringConfigOverrides"] = {"evaluate_constraints": "Disabled"}
    (tmp_path / "constraints.json").write_text(json.dumps(content))
    (tmp_path / "statistics.json").write_bytes((baseline / "statistics.json").read_bytes())
    place = monitor(tmp_path, tmp_path, shift(retype(make_table(2, 2000))))
    assert place.list_violations() == []
