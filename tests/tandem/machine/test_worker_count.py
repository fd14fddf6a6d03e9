from __future__ import annotations

from pathlib import Path

import pytest

from tandem.contract.settings import MEGABYTE
from tandem.machine.worker_count import choose_worker_count, count_in_memory
from tests.tandem.machine.test_cgroup import write_cgroup


def test_a_quota_of_half_a_processor_is_one_worker(tmp_path: Path) -> None:
    root = write_cgroup(tmp_path, cpu_dot_max="50000 100000")
    assert choose_worker_count(None, root).workers == 1


def test_memory_bounds_the_workers(tmp_path: Path) -> None:
    root = write_cgroup(tmp_path, memory_dot_max=str(MEGABYTE))
    assert choose_worker_count(None, root).workers == 1


@pytest.mark.parametrize(
    ("limit", "resident", "workers"),
    [(1000, 100, 8), (1000, 134, 5), (1000, 133, 6), (1000, 800, 1), (100, 1000, 1)],
)
def test_the_workers_fill_four_fifths_of_the_memory(
    limit: int, resident: int, workers: int
) -> None:
    assert count_in_memory(limit * MEGABYTE, resident * MEGABYTE) == workers


def test_the_users_word_counts() -> None:
    assert choose_worker_count(7).workers == 7
