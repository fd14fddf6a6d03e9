"""Processor time of a session's threads, from the files of the kernel."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.tails import processor_wait


def test_waits_of_all_threads_of_a_session_are_added_up(tmp_path: Path) -> None:
    _write_stat(tmp_path, stolen=300)
    _write_process(tmp_path, 10, 10, {10: (1.0, 0.25), 11: (2.0, 0.5)})
    _write_process(tmp_path, 12, 10, {12: (1.0, 0.0)})
    _write_process(tmp_path, 20, 20, {20: (9.0, 9.0)})
    before = processor_wait.read_times(10, tmp_path, tmp_path)
    assert (before.ran, before.waited) == ({10: 3.0, 12: 1.0}, {10: 0.75, 12: 0.0})
    _write_stat(tmp_path, stolen=350)
    _write_process(tmp_path, 12, 10, {12: (2.0, 0.5)})
    _write_process(tmp_path, 13, 10, {13: (3.0, 0.0)})
    since = processor_wait.read_times(10, tmp_path, tmp_path).since(before)
    assert (since.ran, since.waited) == (
        {10: 0.0, 12: 1.0, 13: 3.0},
        {10: 0.0, 12: 0.5, 13: 0.0},
    )
    assert (since.stolen, since.busiest, since.throttled) == (0.5, 0.75, 0.0)


@pytest.mark.parametrize(
    ("membership", "file", "line"),
    [
        ("0::/docker/one\n", "docker/one", "throttled_usec 1500000"),
        ("1:cpu:/docker/one\n0::/docker/one\n", "cpu/docker/one", "throttled_time 1500000000"),
    ],
)
def test_the_stops_of_a_container_are_counted(
    tmp_path: Path, membership: str, file: str, line: str
) -> None:
    _write_stat(tmp_path, stolen=0)
    _write_process(tmp_path, 10, 10, {10: (1.0, 0.0)})
    (tmp_path / "10" / "cgroup").write_text(membership)
    (tmp_path / file).mkdir(parents=True)
    (tmp_path / file / "cpu.stat").write_text(f"nr_periods 7\n{line}\n")
    assert processor_wait.read_times(10, tmp_path, tmp_path).throttled == 1.5


def _write_stat(proc: Path, stolen: int) -> None:
    (proc / "stat").write_text(f"cpu  1 2 3 4 5 6 7 {stolen} 9 10\ncpu0 1 2 3 4 5 6 7 8 9 10\n")


def _write_process(
    proc: Path, pid: int, session: int, threads: dict[int, tuple[float, float]]
) -> None:
    for number, (ran, waited) in threads.items():
        folder = proc / str(pid) / "task" / str(number)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "schedstat").write_text(f"{ran * 1e9:.0f} {waited * 1e9:.0f} 7\n")
    (proc / str(pid) / "cgroup").write_text("0::/\n")
    (proc / str(pid) / "stat").write_text(f"{pid} (a b) S 1 {pid} {session} 0 -1 0\n")
