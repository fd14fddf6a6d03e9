"""One more instance is refused when it would not fit into the memory of the machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from local_test.errors import UserError
from local_test.service.background.machine_memory import check_instance_memory


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    """Processes 10, its children 11 and 12, and 20; 300 MB are available."""
    (tmp_path / "meminfo").write_text("MemTotal: 900000 kB\nMemAvailable:  300000 kB\n")
    for pid, parent, size in ((10, 1, 100000), (11, 10, 90000), (12, 11, 90000), (20, 1, 310000)):
        folder = tmp_path / str(pid)
        folder.mkdir()
        (folder / "stat").write_text(f"{pid} (a (b) c) S {parent} 0 0 0 0 0 0 0 0 0 30 20 10 5 20")
        (folder / "smaps_rollup").write_text(f"Rss: 999999 kB\nPss:  {size} kB\n")
    return tmp_path


def test_an_instance_is_measured_with_its_descendants(proc: Path) -> None:
    check_instance_memory("instance 2", [10], proc)
    check_instance_memory("instance 2", [None], proc)
    sentence = "not enough memory for instance 2: an instance uses 317 MB, and 307 MB are available"
    with pytest.raises(UserError, match=sentence):
        check_instance_memory("instance 2", [20], proc)
    with pytest.raises(UserError, match="an instance uses 604 MB"):
        check_instance_memory("instance 2", [10, 20], proc)


def test_nothing_is_refused_where_the_system_says_nothing(tmp_path: Path) -> None:
    check_instance_memory("instance 2", [os.getpid()], tmp_path)


def test_this_process_fits_once_more() -> None:
    check_instance_memory("instance 2", [os.getpid()])
