"""`make demo`: house prices through both images, in under two minutes."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from rich.console import Console

from examples.house_prices import report, workflow
from examples.house_prices.display import Display
from examples.house_prices.report import Run
from local_test.engines import ENGINE_NAMES, EngineName, select_engine
from local_test.errors import LocalError


def main(words: Sequence[str] | None = None) -> int:
    """Run the demo and write `build/demo`; gives the exit code."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--engine", choices=ENGINE_NAMES, default="auto")
    parser.add_argument("--output", type=Path, default=Path("build") / "demo")
    arguments = parser.parse_args(words)
    console = Console()
    try:
        return _run(arguments.engine, arguments.output, console)
    except (LocalError, RuntimeError) as error:
        sys.stderr.write(f"the demo failed: {error}\n")
        return 1


def _run(engine_name: EngineName, folder: Path, console: Console) -> int:
    engine = select_engine(engine_name, [workflow.PREPROCESSOR, workflow.XGBOOST])
    display = Display(console, folder / "logs")
    display.head("House prices: raw records in, dollars out.")
    display.head(f"Engine: {engine.name} ({engine.reason}).")
    run = workflow.run_workflow(engine, folder, display, version("tandem-local"))
    display.prices(list(zip(run.names, run.true, run.predicted, strict=True))[:10])
    page = report.write_report(run, folder)
    display.head(_describe_result(run))
    display.head(f"Report: {page}")
    return 0


def _describe_result(run: Run) -> str:
    scores = run.scores
    return (
        f"\nHalf of the {len(run.true)} houses are priced within"
        f" ${scores.median_error:,.0f} ({scores.median_share:.1%}) of what they sold for.\n"
        f"Mean error ${scores.mean_error:,.0f},"
        f" RMSE of log price {scores.rmse_log:.4f}, R² {scores.r2:.3f};"
        f" {sum(run.stages.values()):.1f} s in all."
    )


if __name__ == "__main__":
    raise SystemExit(main())
