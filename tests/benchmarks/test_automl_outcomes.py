"""The table of `benchmarks.automl` counts failures, and is there after an aborted run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.automl.comparison import Comparison
from benchmarks.automl.data_sets import DATA_SETS
from benchmarks.automl.outcomes import (
    FAILED_GAIN,
    Outcome,
    add_outcome,
    average_ranks,
    format_outcomes,
    read_outcomes,
)
from benchmarks.harness.process_usage import BenchmarkFailed

BETTER = Outcome(0, "digits", "Accuracy", maximize=True, tandem=0.96, error=0.01, flaml=0.92)
WORSE = Outcome(0, "abalone", "RMSE", maximize=False, tandem=2.4, error=0.1, flaml=2.1)
FAILED = replace(WORSE, seed=1, failure="failed: automl of abalone ended with code 1")


def test_gains_and_ranks_count_in_the_direction_of_the_metric() -> None:
    assert [BETTER.gain, WORSE.gain] == pytest.approx([4, -3])
    assert average_ranks([BETTER, BETTER, WORSE]) == pytest.approx((4 / 3, 5 / 3))
    assert FAILED.gain == FAILED_GAIN
    assert average_ranks([BETTER, FAILED]) == (1, 2)
    assert average_ranks([FAILED]) is None


def test_the_table_of_an_aborted_run_says_what_failed(tmp_path: Path) -> None:
    path = tmp_path / "outcomes.jsonl"
    for one in (BETTER, WORSE, FAILED):
        add_outcome(path, one)
    with path.open("a") as file:
        file.write('{"seed": 1, "na')
    kept = read_outcomes(path)
    assert kept == [BETTER, WORSE, FAILED]
    digits, abalone, ranks, count, failure = format_outcomes(kept).splitlines()[1:]
    assert "0.96 (0.96 to 0.96)" in digits
    assert "better by more than noise" in digits
    assert "-3.0 (-3.0 to -3.0)" in abalone
    assert "worse by more than noise" in abalone
    assert ranks == "  mean ranks: automl 1.50, FLAML 1.50"
    assert count == "  3 comparisons of 2 seeds, 1 failed"
    assert failure == "seed 1, abalone: failed: automl of abalone ended with code 1"


def test_a_search_that_fails_does_not_lose_the_others(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """There are no files of data, so that every search ends with an error."""
    chosen = tuple(one for one in DATA_SETS if one.name in {"digits", "abalone"})
    comparison = Comparison(tmp_path, "false", 1.0, chosen)
    with pytest.raises(BenchmarkFailed, match="every comparison of seed 0 failed"):
        comparison.measure()
    failures = [one.failure for one in read_outcomes(tmp_path / "outcomes.jsonl")]
    assert failures == [
        f"failed: automl of {name} ended with code 1" for name in ("digits", "abalone")
    ]
    assert "2 comparisons of 1 seeds, 2 failed" in capfd.readouterr().out
