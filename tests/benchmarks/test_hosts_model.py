"""The model of a round on several hosts, and what is told of it."""

from __future__ import annotations

import pytest

from benchmarks.hosts.scaling import RUNS, WIDE
from benchmarks.hosts.scaling_model import Job, Machine, count_sent_bytes, count_steps
from benchmarks.pages import scaling_page

MACHINE = Machine(row=4e-9, bin=2e-7, byte=8e-10, step=3e-4)
MEDIANS = {
    run: {"cpu_seconds": MACHINE.estimate_seconds(job, hosts), "seconds": 9.0, "sent_mb": 6.4}
    for run, (job, hosts) in RUNS.items()
}


def test_a_tree_of_depth_six_sums_up_the_histograms_of_32_nodes() -> None:
    job = Job(rows=1_000, features=10, bins=64, depth=6)
    assert job.histograms == 32 * 10 * 64 * 16
    assert [count_sent_bytes(job, hosts) / job.histograms for hosts in (1, 2, 4)] == [0, 1.5, 1.75]
    assert [count_steps(job, hosts) for hosts in (1, 2, 3)] == [0, 30, 50]


def test_one_and_two_hosts_tell_what_three_will_take() -> None:
    two = {run: figures for run, figures in MEDIANS.items() if run != "3 hosts"}
    found = scaling_page.solve_machine(two)
    assert found.estimate_seconds(WIDE, 3) == pytest.approx(
        MACHINE.estimate_seconds(WIDE, 3), rel=1e-9
    )
    assert (found.row, found.step) == pytest.approx((MACHINE.row, MACHINE.step), rel=1e-6)


def test_more_hosts_help_where_there_are_rows_enough_and_harm_where_not() -> None:
    many, few = Job(1_000_000_000, 30), Job(10_000, 30)
    assert MACHINE.estimate_speedup(many, 16) == pytest.approx(15.7, abs=0.1)
    assert MACHINE.estimate_speedup(few, 16) < 1


def test_what_was_measured_stands_beside_what_the_model_says() -> None:
    row = next(
        line for line in scaling_page.format_table(MEDIANS).splitlines() if "| 3 hosts |" in line
    )
    cells = [cell.strip() for cell in row.split("|")[1:-1]]
    assert cells[1] == cells[2] == f"{MACHINE.estimate_seconds(WIDE, 3) * 1e3:.1f}"
    efficiency = f"{MACHINE.estimate_speedup(WIDE, 3) / 3:.0%}"
    assert cells[3:] == [efficiency, efficiency, "6.40", "6.55"]
    alone = next(
        line for line in scaling_page.format_table(MEDIANS).splitlines() if "| 1 host |" in line
    )
    assert [cell.strip() for cell in alone.split("|")[4:6]] == ["", ""]


def test_fewer_processors_than_hosts_are_told() -> None:
    about = {"processors a host": 2 / 3, "rows": 600_000, "features": 30, "engine": "docker"}
    found = {
        "machine": {"cores": 2, "processor": "Z80"},
        "about": about,
        "noise": {"before": {"greatest_over_least": 1.04}},
        "date": "2026-11-30T19:00:00+00:00",
    }
    told = scaling_page.describe_measurement(found)
    assert "0.67 of a processor for each host (three with one each would need three)" in told
    about["processors a host"] = 1.0
    assert "would need" not in scaling_page.describe_measurement(found)


def test_the_picture_shows_three_measured_points_and_four_curves() -> None:
    drawn = scaling_page.draw_speedups(MEDIANS)
    assert drawn.count("<circle") == 3 + 1  # one in the legend
    assert drawn.count("<polyline") == 2 * 4
