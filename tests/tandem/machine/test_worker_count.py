from __future__ import annotations

from pathlib import Path

import pytest

from tandem.contract.settings import MEGABYTE
from tandem.machine import cgroup as sizing


def cgroup(root: Path, **files: str) -> Path:
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    return root


def test_a_quota_of_half_a_processor_is_one_worker(tmp_path: Path) -> None:
    root = cgroup(tmp_path, cpu_dot_max="50000 100000")
    assert sizing.cpu_quota(root) == 0.5
    assert sizing.size(None, root).workers == 1


def test_the_older_cgroup_is_read_too(tmp_path: Path) -> None:
    root = cgroup(tmp_path, cpu__cpu_dot_cfs_quota_us="100000", cpu__cpu_dot_cfs_period_us="100000")
    assert sizing.cpu_quota(root) == 1.0


@pytest.mark.parametrize("text", ["max 100000", ""])
def test_no_quota_means_the_processors_it_may_run_on(text: str, tmp_path: Path) -> None:
    assert sizing.cpu_quota(cgroup(tmp_path, cpu_dot_max=text)) >= 1


def test_memory_bounds_the_workers(tmp_path: Path) -> None:
    root = cgroup(tmp_path, memory_dot_max=str(MEGABYTE))
    assert sizing.memory_limit(root) == MEGABYTE
    assert sizing.size(None, root).workers == 1
    assert sizing.memory_limit(cgroup(tmp_path, memory_dot_max="max")) is None


def test_the_users_word_counts() -> None:
    assert sizing.size(7).workers == 7
