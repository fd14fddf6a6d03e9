from __future__ import annotations

from pathlib import Path

import pytest

from tandem.contract.settings import MEGABYTE
from tandem.machine import cgroup


def write_cgroup(root: Path, **files: str) -> Path:
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    return root


def test_a_quota_is_a_part_of_the_processors(tmp_path: Path) -> None:
    assert cgroup.cpu_quota(write_cgroup(tmp_path, cpu_dot_max="50000 100000")) == 0.5


def test_the_older_cgroup_is_read_too(tmp_path: Path) -> None:
    root = write_cgroup(
        tmp_path, cpu__cpu_dot_cfs_quota_us="100000", cpu__cpu_dot_cfs_period_us="100000"
    )
    assert cgroup.cpu_quota(root) == 1.0


@pytest.mark.parametrize("text", ["max 100000", ""])
def test_no_quota_means_the_processors_it_may_run_on(text: str, tmp_path: Path) -> None:
    assert cgroup.cpu_quota(write_cgroup(tmp_path, cpu_dot_max=text)) >= 1


def test_a_limit_is_read_in_bytes(tmp_path: Path) -> None:
    root = write_cgroup(tmp_path, memory_dot_max=str(MEGABYTE))
    assert cgroup.memory_limit(root) == MEGABYTE
    assert cgroup.memory_limit(write_cgroup(tmp_path, memory_dot_max="max")) is None
