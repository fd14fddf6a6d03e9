"""Boston on the local SageMaker: `python -m examples.boston.run [--form both]`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from examples import page, service
from examples.boston import data
from local_test.engines import ENGINE_NAMES
from scripts.checkout.shell import Failure
from scripts.lock import aws_clients
from tandem.report import charts

FORMS = {"low": ["low_level"], "high": ["high_level"], "both": ["low_level", "high_level"]}


def main(words: Sequence[str] | None = None) -> int:
    """Run one form or both, and write `report.json` and `report.html`; gives the exit code."""
    parser = argparse.ArgumentParser(prog="boston", description=__doc__)
    parser.add_argument("--engine", choices=ENGINE_NAMES, default="auto")
    parser.add_argument("--form", choices=FORMS, default="low", help="boto3 is low, the SDK high")
    parser.add_argument("--tag", default="latest", help="of the images (default: %(default)s)")
    parser.add_argument("--output", type=Path, default=Path("build") / "boston")
    arguments = parser.parse_args(words)
    folder = arguments.output
    try:
        prices = data.write_data(folder)
        with service.run_service(arguments.engine, folder / "service") as local:
            for form in FORMS[arguments.form]:
                python = (
                    aws_clients.prepare_client() / "python"
                    if form == "high_level"
                    else sys.executable
                )
                script = Path(__file__).with_name(f"{form}.py")
                local.run(script, service.ROLE, arguments.tag, folder, python=python)
    except (RuntimeError, Failure) as error:
        sys.stderr.write(f"the example failed: {error}\n")
        return 1
    for form in FORMS[arguments.form]:
        _report(form, json.loads((folder / f"{form}.json").read_text()), prices, folder)
    return 0


def _report(form: str, result: dict[str, Any], prices: Sequence[float], folder: Path) -> None:
    answers = result["prices"]
    errors = np.array(answers) - np.array(prices)
    figures = {
        "districts": len(prices),
        "rmse": round(float((errors**2).mean() ** 0.5), 4),
        "mae": round(float(np.abs(errors).mean()), 4),
    }
    (folder / f"report-{form}.json").write_text(json.dumps(figures | result, indent=2) + "\n")
    print(
        f"{form}.py: {len(prices)} districts that training never saw: RMSE {figures['rmse']:.3f},"
        f" mean error {figures['mae']:.2f} thousand dollars."
    )
    points = list(zip(prices, answers, strict=True))
    page.write_page(
        folder / f"report-{form}.html",
        "Boston: what a home costs",
        f"{len(prices)} districts that training never saw, asked by {form}.py.",
        {"RMSE, $1000": f"{figures['rmse']:.3f}", "mean error, $1000": f"{figures['mae']:.2f}"},
        {
            "Median price of a home, $1000": charts.draw_scatter(
                points, "as it was", "as predicted"
            ),
            "What the tuning job tried": page.draw_table(result["trials"]),
        },
    )


if __name__ == "__main__":
    raise SystemExit(main())
