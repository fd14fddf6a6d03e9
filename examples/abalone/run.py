"""Abalone, end to end: `python -m examples.abalone.run`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from examples import page, service
from examples.abalone import data
from examples.commands import Commands, to_options
from local_test.engines import ENGINE_NAMES, EngineName
from scripts.checkout.shell import Failure
from scripts.lock import aws_clients
from tandem.report import charts, sparklines

PARQUET = "application/x-parquet"
# Numbers imputed by their median and standardised, the sex one-hot.
TRANSFORM = {"target": data.TARGET, "impute": "median", "scale": "standard"}
# The hyperparameters of Amazon's example.
BOOSTER = {
    "objective": "reg:squarederror",
    "num_round": "50",
    "max_depth": "5",
    "eta": "0.2",
    "gamma": "4",
    "min_child_weight": "6",
    "subsample": "0.7",
}
# Amazon's example registers a model only where the mean squared error is at most this.
MOST_SQUARED_ERROR = 6.0
_FARTHEST = 10


def main(words: Sequence[str] | None = None) -> int:
    """Run the example and write `report.json`; gives the exit code."""
    parser = argparse.ArgumentParser(prog="abalone", description=__doc__)
    parser.add_argument("--engine", choices=ENGINE_NAMES, default="auto")
    parser.add_argument("--output", type=Path, default=Path("build") / "abalone")
    parser.add_argument(
        "--pipeline", action="store_true", help="as a SageMaker pipeline, by the SageMaker SDK"
    )
    arguments = parser.parse_args(words)
    try:
        parts = data.split(data.fetch(), arguments.output / "data")
        if arguments.pipeline:
            _execute(arguments.engine, arguments.output, parts)
            return 0
        answer = _predict(Commands(arguments.engine, arguments.output), arguments.output, parts)
    except (RuntimeError, Failure) as error:
        sys.stderr.write(f"the example failed: {error}\n")
        return 1
    rings = [float(line) for line in answer.splitlines()]
    return _report(rings, parts.rings, arguments.output)


def _execute(engine: EngineName, folder: Path, parts: data.Parts) -> None:
    """Let the SDK's script define the pipeline and run it on a local SageMaker."""
    python = aws_clients.prepare_client() / "python"
    script = Path(__file__).with_name("pipeline.py")
    with service.run_service(engine, folder / "service") as local:
        local.run(script, service.ROLE, "latest", parts.train.parent, python=python)


def _predict(commands: Commands, folder: Path, parts: data.Parts) -> str:
    """Train both images on raw records and ask the pipeline of them; gives its answer."""
    transform, booster = folder / "transform" / "model.tar.gz", folder / "booster" / "model.tar.gz"
    features = folder / "features"
    commands.run(
        "train", "--image", "preprocessor", "--channel", f"train={parts.train}",
        *to_options(TRANSFORM), "--output", transform.parent,
    )  # fmt: skip
    commands.run(
        "transform", "--stage", f"preprocessor={transform}", "--input", parts.train.parent,
        "--content-type", "text/csv", "--accept", PARQUET, "--output", features,
    )  # fmt: skip
    commands.run(
        "train", "--image", "xgboost",
        "--channel", f"train={features / 'train.csv.out'};content-type={PARQUET}",
        "--channel", f"validation={features / 'validation.csv.out'};content-type={PARQUET}",
        *to_options(BOOSTER), "--output", booster.parent,
    )  # fmt: skip
    stages = ("--stage", f"preprocessor={transform}", "--stage", f"xgboost={booster}")
    with commands.serve("pipeline", *stages) as url:
        return commands.invoke(url, "text/csv", parts.test)


def _report(predictions: Sequence[float], rings: Sequence[int], folder: Path) -> int:
    """Write and tell the errors, in rings; gives 1 where Amazon's example would not go on."""
    errors = np.array(predictions) - np.array(rings)
    squared = float((errors**2).mean())
    figures = {
        "rows": len(rings),
        "mse": round(squared, 4),
        "rmse": round(squared**0.5, 4),
        "mae": round(float(np.abs(errors).mean()), 4),
    }
    (folder / "report.json").write_text(json.dumps(figures, indent=2) + "\n")
    print(
        f"{len(rings)} abalones that training never saw: RMSE {figures['rmse']:.3f} rings,"
        f" mean error {figures['mae']:.2f} rings.\n"
        f"Amazon's example asks for a mean squared error of {MOST_SQUARED_ERROR} at most:"
        f" {squared:.2f}."
    )
    page.write_page(
        folder / "report.html",
        "Abalone: rings in a shell",
        f"{len(rings)} abalones that training never saw.",
        {name: f"{value:.4g}" for name, value in figures.items()},
        {
            "Rings": charts.draw_scatter(
                list(zip(rings, predictions, strict=True)), "counted", "predicted"
            ),
            "Errors, ten rings too few to ten too many": sparklines.draw_bars(
                _count_errors(errors), "how often an error is how large", sparklines.LARGE
            ),
        },
    )
    return 0 if squared <= MOST_SQUARED_ERROR else 1


def _count_errors(errors: NDArray[np.float64]) -> list[int]:
    counts, _ = np.histogram(errors, bins=np.arange(-_FARTHEST, _FARTHEST + 1) + 0.5)
    return [int(count) for count in counts]


if __name__ == "__main__":
    raise SystemExit(main())
