"""`make demo`: house prices through both images, in under two minutes."""

from __future__ import annotations

import argparse
import sys
from importlib.metadata import version
from pathlib import Path

from rich.console import Console

from examples.house_prices import report, story
from examples.house_prices.display import Display
from local_test.engines import ENGINE_NAMES, EngineName, choose
from local_test.errors import LocalError


def main() -> int:
    """Run the demo and write `build/demo`; gives the exit code."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--engine", choices=ENGINE_NAMES, default="auto")
    parser.add_argument("--output", type=Path, default=Path("build") / "demo")
    arguments = parser.parse_args()
    console = Console()
    try:
        return _run(arguments.engine, arguments.output, console)
    except (LocalError, RuntimeError) as error:
        sys.stderr.write(f"the demo failed: {error}\n")
        return 1


def _run(engine_name: EngineName, folder: Path, console: Console) -> int:
    engine = choose(engine_name, [story.PREPROCESSOR, story.XGBOOST])
    display = Display(console, folder / "logs")
    display.head(f"House prices, raw records in, prices out. Engine: {engine.name} ({engine.why}).")
    run = story.tell(engine, folder, display, version("tandem-local"))
    display.prices(list(zip(run.names, run.true, run.predicted, strict=True))[:10])
    page = report.write(run, folder)
    total = sum(run.stages.values())
    display.head(
        f"\nRMSE of log price {run.scores.rmse_log:.4f}, R² {run.scores.r2:.3f}"
        f" on {len(run.true)} held-out houses, {total:.1f} s in all.\nReport: {page}"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
