"""The files of an analysis: `analysis.json` and the SHAP values as CSV.

Source: Developer Guide, "Analysis Results".
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analyzer.explain.explanations import Explanations
from analyzer.explain.partial_dependence import PartialDependence
from tandem.io.atomic_write import write_atomic

SHAP_FOLDER = "explanations_shap"


def write_analysis(folder: Path, content: Mapping[str, object]) -> None:
    """Write `analysis.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"version": "1.0", **content}, indent=4, allow_nan=False)
    write_atomic(folder / "analysis.json", text.encode())


def write_violations(folder: Path, violations: Sequence[Mapping[str, object]]) -> None:
    """Write `constraint_violations.json`, also where there are none."""
    text = json.dumps({"version": "1.0", "violations": list(violations)}, indent=4)
    write_atomic(folder / "constraint_violations.json", text.encode())


def write_shap_values(folder: Path, explanations: Explanations, *, local: bool) -> None:
    """Write the baseline if there is one, and the values of each row if they are to be kept.

    The file of values is `out.csv`. A column is a feature and an output, as in Age_label0.
    """
    target = folder / SHAP_FOLDER
    target.mkdir(parents=True, exist_ok=True)
    if explanations.baseline is not None:
        baseline = explanations.baseline.to_csv(index=False)
        write_atomic(target / "baseline.csv", baseline.encode())
    if local:
        write_atomic(target / "out.csv", name_columns(explanations).to_csv(index=False).encode())


def name_columns(explanations: Explanations) -> pd.DataFrame:
    """Return the values of each row as a frame with a column a feature and output."""
    values = explanations.attributions
    names = [
        f"{feature}_{output}"
        for output in explanations.outputs
        for feature in explanations.features
    ]
    return pd.DataFrame(values.transpose(0, 2, 1).reshape(len(values), -1), columns=names)


def describe_explanations(
    explanations: Explanations | None,
    curves: Sequence[PartialDependence],
    outputs: Sequence[str],
) -> dict[str, object]:
    """Return the section `explanations` of `analysis.json`."""
    content: dict[str, object] = {}
    if explanations is not None:
        content[explanations.method] = describe_shap(explanations)
    if curves:
        content["pdp"] = _describe_partial_dependence(curves, outputs)
    return content


def describe_shap(explanations: Explanations) -> dict[str, Any]:
    """Return the section of a method: global SHAP values and the expected value of each output."""
    return {
        output: {
            "global_shap_values": {
                feature: float(explanations.global_values[place, number])
                for place, feature in enumerate(explanations.features)
            },
            "expected_value": float(explanations.expected[number]),
        }
        for number, output in enumerate(explanations.outputs)
    }


def _describe_partial_dependence(
    curves: Sequence[PartialDependence], outputs: Sequence[str]
) -> list[dict[str, object]]:
    """Return `pdp`: the curve of each feature for each output."""
    return [
        {
            "feature_name": curve.feature,
            "data_type": "numerical" if curve.numerical else "categorical",
            "feature_values": [_unwrap(value) for value in curve.grid],
            "data_distribution": curve.shares.tolist(),
            "model_predictions": curve.scores.T.tolist(),
            "label_headers": list(outputs),
        }
        for curve in curves
    ]


def _unwrap(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
