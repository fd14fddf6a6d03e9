"""`automl` after a kill and after Ctrl-C: the search goes on, and the best so far is kept."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

COMMAND = (
    *(sys.executable, "-m", "local_test", "automl", "data.csv", "--target", "z"),
    *("--candidates", "40", "--output", "out", "--engine", "process"),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    rows = [f"{x:.3f},{y:.3f},{3 * x - y:.3f}" for x, y in rng.normal(size=(80, 2))]
    (tmp_path / "data.csv").write_text("\n".join(["x,y,z", *rows]) + "\n")
    return tmp_path


def start(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        COMMAND, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def list_completed(process: subprocess.Popen[str]) -> Iterator[int]:
    """Yield the number of each completed candidate as its line is printed."""
    assert process.stdout is not None
    for line in process.stdout:
        cells = line.split()
        if cells[2:3] == ["Completed"]:
            yield int(cells[0])


def test_a_search_goes_on_after_a_kill_and_ctrl_c_keeps_the_best(folder: Path) -> None:
    with start(folder) as first:
        completed = [next(list_completed(first))]
        first.kill()
        completed += list_completed(first)
    with start(folder) as second:
        found = next(list_completed(second))
        second.send_signal(signal.SIGINT)
        assert second.stdout is not None
        text = second.stdout.read()
    assert found not in completed
    assert second.returncode == 130, text
    assert "stopped: the best so far is kept" in text
    board = [line.split() for line in text.splitlines() if line[:4].strip().isdigit()]
    assert len(board) >= len(completed) + 1
    best = json.loads((folder / "out/best/best.json").read_text())
    assert f"winner: {best['candidate']} " in text
    for container in best["containers"]:
        assert tarfile.is_tarfile(folder / "out/best" / container["Model"])
    assert "SEARCHED = " in (folder / "out/winner.py").read_text()
