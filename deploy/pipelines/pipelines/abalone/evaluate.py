"""Compare predictions of the test rows with their labels and write `evaluation.json`.

It runs in a processing job. Inputs: `predictions/records.csv.out`, one number a line, and
`labels/labels.csv` with a header. The report has the layout of SageMaker's model quality
metrics: `regression_metrics.mse.value`, `.standard_deviation` and so on.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path("/opt/ml/processing")


def main(root: Path = ROOT) -> None:
    """Write the report. Exits with a sentence when predictions and labels do not fit."""
    predictions = pd.read_csv(root / "predictions" / "records.csv.out", header=None)
    labels = pd.read_csv(root / "labels" / "labels.csv")
    if predictions.shape != (len(labels), 1):
        sys.exit(
            f"predictions have the shape {predictions.shape}, and there are {len(labels)} labels."
        )
    errors = predictions[0].to_numpy(float) - labels.iloc[:, 0].to_numpy(float)
    report = {"regression_metrics": {"mse": measure(errors**2), "mae": measure(np.abs(errors))}}
    path = root / "evaluation" / "evaluation.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, indent=2), encoding="utf-8")
    print(path.read_text(encoding="utf-8"))


def measure(values: np.ndarray) -> dict[str, float]:
    """Return the mean of one value a row, and the standard deviation of that mean."""
    spread = float(np.std(values, ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0
    return {"value": float(np.mean(values)), "standard_deviation": spread}


if __name__ == "__main__":
    main()
