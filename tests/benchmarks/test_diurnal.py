"""What is said of a day of traffic and the instances that followed it."""

from __future__ import annotations

from benchmarks.deployment.diurnal_scaling import Minute, count_thrash, draw_traffic, summarize


def test_a_day_has_a_quiet_night_and_a_burst_at_noon() -> None:
    counts = draw_traffic(1)
    night, noon, later = sum(counts[:60]) / 60, sum(counts[720:730]) / 10, sum(counts[735:795]) / 60
    assert len(counts) == 1440
    assert night < 6 < later - 20
    assert later < 34 < noon


def test_thrash_is_a_change_that_is_soon_taken_back() -> None:
    assert count_thrash([1, 2, 3, 3, 2]) == 1
    assert count_thrash([1, 2, *[2] * 20, 1]) == 0
    assert count_thrash([1, 2, 1, 2]) == 2
    assert count_thrash([1, 2, 3, 4]) == 0


def test_the_summary_of_a_day_counts_the_minutes_with_too_few_instances() -> None:
    minutes = [Minute(5, 1), Minute(25, 1), Minute(25, 3), Minute(100, 4)]
    found = summarize(minutes)
    assert (found["changes"], found["short_percent"]) == (2, 25)
    assert (found["requests"], found["needed_hours"] * 60) == (155, 1 + 3 + 3 + 4)
