"""Every bias metric has the value of smclarify, Amazon's library of these metrics."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analyzer.bias import bias_report
from analyzer.bias.bias_report import Facet, LabeledData
from scripts.lock import aws_clients

ORACLE = Path(__file__).parent / "oracle" / "smclarify_report.py"


def make_case(seed: int) -> dict[str, Any]:
    """Make a data set whose size, types, facet and label depend on the seed."""
    rng = np.random.default_rng(seed)
    rows = int(rng.choice([12, 30, 90, 150]))
    columns: dict[str, list[Any]] = {
        "sex": rng.choice(["f", "m"], rows).tolist(),
        "region": rng.integers(0, 3, rows).tolist(),
        "age": rng.integers(18, 80, rows).tolist(),
        "income": rng.normal(size=rows).tolist(),
    }
    facets: list[tuple[str, list[Any]]] = [
        ("sex", ["f"]),
        ("sex", []),
        ("age", [40]),
        ("income", [0.25]),
        ("income", [-0.5]),
    ]
    if rows > 60:
        facets += [("region", [1]), ("region", [0, 2]), ("region", [])]
    facet, values = facets[seed % len(facets)]
    if seed % 2:
        columns.pop("sex" if facet != "sex" else "region")
    kind = seed % 3
    if kind == 0 and rows > 60:
        # Rare outcomes leave groups without errors of one kind, whose ratios are infinite.
        rare = [0.5, 0.97, 0.04][seed % 5 % 3]
        label, predicted = ((rng.random(rows) < rare).astype(int).tolist() for _ in range(2))
        positive: list[Any] = [1]
    elif kind == 1:
        label, predicted = (rng.choice(["no", "yes", "ask"], rows).tolist() for _ in range(2))
        positive = ["yes", "ask"] if seed % 2 else ["yes"]
    else:
        label, predicted = (rng.random(rows).tolist() for _ in range(2))
        positive = [0.6]
    return {
        "columns": columns,
        "facet": facet,
        "values": values,
        "label": label,
        "predicted": predicted,
        "positive": positive,
        "groups": rng.choice(["u", "v", "w"], rows).tolist(),
    }


CASES = [make_case(seed) for seed in range(30)]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """Run smclarify once, in a process of its own, on all cases."""
    programs = aws_clients.prepare_client("smclarify")
    packages = next((programs.parent / "lib").glob("python*")) / "site-packages"
    cases = tmp_path_factory.mktemp("oracle") / "cases.json"
    cases.write_text(json.dumps(CASES), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, ORACLE, cases],
        env={**os.environ, "PYTHONPATH": str(packages)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


def compute(case: dict[str, Any]) -> list[Any]:
    data = LabeledData(
        pd.DataFrame(case["columns"]),
        pd.Series(case["label"], name="label"),
        case["positive"],
        pd.Series(case["predicted"], name="predicted"),
        pd.Series(case["groups"]),
    )
    facets = [Facet(case["facet"], case["values"])]
    pre = bias_report.choose_metrics(bias_report.PRE_TRAINING, "all")
    post = bias_report.choose_metrics(bias_report.POST_TRAINING, "all")
    reports: list[Any] = [
        bias_report.report_pre_training(data, facets, pre),
        bias_report.report_post_training(data, facets, post),
    ]
    return [report["facets"][case["facet"]] for report in reports]


def test_values_descriptions_and_order_are_smclarifys(answers: list[Any]) -> None:
    computed = 0
    for case, expected in zip(CASES, answers, strict=True):
        for ours, theirs in zip(compute(case), expected, strict=True):
            assert [entry["value_or_threshold"] for entry in ours] == [
                entry["value_or_threshold"] for entry in theirs
            ]
            for entry, peer in zip(ours, theirs, strict=True):
                for metric, other in zip(entry["metrics"], peer["metrics"], strict=True):
                    assert metric["name"] == other["name"]
                    assert metric["description"] == other["description"]
                    assert ("error" in metric) == ("error" in other), (metric, other)
                    assert metric["value"] == pytest.approx(other["value"], abs=1e-12), case
                    computed += metric["value"] is not None
    assert computed > 600
