"""What a soak is ended by, and what it tells of one that ends well."""

from __future__ import annotations

import pytest

from benchmarks.harness.process_usage import BenchmarkFailed
from benchmarks.soak.endurance import SECONDS, Glance, summarize_soak
from benchmarks.soak.traffic import ClientRecord

BEGAN = 1000.0
# Warming up takes half of the time, then memory breathes.
STEADY = [Glance(100 + step, 50, 20) for step in range(20)]
STEADY += [Glance(120 + step % 3, 50, 20) for step in range(20)]


def seen() -> ClientRecord:
    """Give a client's rows: 1 to 100 ms in the first half, twice that in the second."""
    rows = [(BEGAN + 1, n / 1000) for n in range(1, 101)]
    rows += [(BEGAN + SECONDS - 1, 2 * n / 1000) for n in range(1, 101)]
    return ClientRecord(rows, requests=250)


def test_a_steady_run_tells_its_figures() -> None:
    found = summarize_soak([seen(), seen()], STEADY, BEGAN)
    assert (found["requests"], found["memory_mb"], found["descriptors_more"]) == (500, 121, 0)
    assert found["p99_first_half_ms"] == pytest.approx(100)
    assert found["p99_second_half_ms"] == pytest.approx(200)


def test_memory_that_goes_on_growing_ends_it() -> None:
    leaking = [Glance(100 + 20 * step, 50, 20) for step in range(40)]
    with pytest.raises(BenchmarkFailed, match=r"it grows: Glance\(memory=590"):
        summarize_soak([seen()], leaking, BEGAN)


def test_descriptors_that_are_left_open_end_it() -> None:
    leaking = [Glance(100, 50 + 2 * step, 20) for step in range(40)]
    with pytest.raises(BenchmarkFailed, match="it grows"):
        summarize_soak([seen()], leaking, BEGAN)


def test_an_answer_that_is_not_right_ends_it_with_its_words() -> None:
    wrong = ClientRecord(wrong=["xgboost, row: 500 b'oh no'"])
    with pytest.raises(BenchmarkFailed, match="xgboost, row: 500 b'oh no'"):
        summarize_soak([seen(), wrong], STEADY, BEGAN)
