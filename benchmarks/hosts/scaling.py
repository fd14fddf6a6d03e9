"""1, 2 and 3 hosts on one machine, each with one processor, train one model.

Where there are fewer than three processors each host has a third of them, alone too, so that rounds
can be compared: what a host has is in `about`.

The hosts are those of the local SageMaker: containers that meet on a network where there is
Docker, else processes. What a container sends is counted by the kernel. The measured rounds are
those between two metric lines of the leading host; the job has no end of its own and is stopped
after them. The model of `scaling_model` is fitted to 1 and 2 hosts; its prediction for 3 hosts is
compared with the measurement.
"""

from __future__ import annotations

import os
import re
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import docker
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from docker.errors import DockerException
from docker.models.containers import Container

from benchmarks.harness.benchmark import Benchmark, Candidate, Figures, Goal, Plan
from benchmarks.harness.process_usage import BenchmarkFailed
from benchmarks.hosts.scaling_model import Job, count_sent_bytes
from local_test import jobs
from local_test.engines import Engine, select_engine
from local_test.engines.docker_engine.engine import RUNNER_LABEL
from local_test.errors import UserError
from local_test.jobs import Channel, TrainingJob

_FILES, _ROWS, _WIDTH = 6, 100_000, 30
# Rounds that are told of, and what no job reaches: an ended container has nothing left to count.
_ROUNDS, _NEVER = 20, 1_000_000
_LONGEST = 600  # seconds
_MOST_HOSTS = 3
# The model's are 1.7 and 2.3 where a host trains with one thread.
_LEAST_SPEEDUPS = {2: 1.5, 3: 1.9}
_PERIOD = 100_000  # microseconds
WIDE = Job(_FILES * _ROWS, _WIDTH)
NARROW = Job(_FILES * _ROWS, _WIDTH, bins=16)
FEW = Job(2 * _ROWS, _WIDTH)
# Each run by its name: the job, its hosts, and which of the files.
RUNS = {
    "1 host": (WIDE, 1),
    "2 hosts": (WIDE, 2),
    "3 hosts": (WIDE, 3),
    "1 host, 16 bins": (NARROW, 1),
    "2 hosts, 16 bins": (NARROW, 2),
    "1 host, a third of the rows": (FEW, 1),
}


class RoundWatch:
    """Notes when the rounds begin and end, and what the containers of this process used meanwhile.

    With a `share` of a processor each container is held to it from the first round on. `enough` is
    set when the rounds have come to their end.
    """

    def __init__(self, share: float | None) -> None:
        self.enough = threading.Event()
        self._share = share
        self._stood = 0.0
        self._begun: dict[str, float] = {}
        self._ended: dict[str, float] = {}
        self._lines: list[str] = []

    def __call__(self, host: str, line: str) -> None:
        """Take a line of the log."""
        self._lines.append(f"{host}: {line}")
        if line.startswith("[0]"):
            self._begun = self._read_usage(first=True)
        elif line.startswith(f"[{_ROUNDS}]"):
            self._ended = self._read_usage()
            self.enough.set()

    def read_figures(self) -> Figures:
        """Return the seconds of a round, and where they are known a host's CPU seconds and MB sent.

        Raises BenchmarkFailed, with the end of the log, when the rounds do not end in time.
        """
        if not self._ended:
            raise BenchmarkFailed("training failed:\n" + "\n".join(self._lines[-10:]))
        used = {name: self._ended[name] - self._begun[name] for name in self._begun}
        rounds = used.pop("rounds")
        return {name: amount / rounds for name, amount in used.items()}

    def _read_usage(self, *, first: bool = False) -> dict[str, float]:
        now = time.monotonic()
        if self._share is None:
            return {"rounds": _count_rounds("\n".join(self._lines)), "seconds": now}
        with closing(docker.from_env()) as client:
            mine = client.containers.list(filters={"label": f"{RUNNER_LABEL}={os.getpid()}"})
            for one in mine if first else ():
                one.update(cpu_period=_PERIOD, cpu_quota=int(self._share * _PERIOD))
            with _pause_containers(mine):
                # Lines come late on a busy machine: what the rounds were is asked for again.
                rounds = max(_count_rounds(one.logs().decode()) for one in mine)
                used = [_read_container_usage(one) for one in mine]
        cpu, out = (sum(kind) / len(used) for kind in zip(*used, strict=True))
        ran = now - self._stood
        self._stood += time.monotonic() - now
        return {"rounds": rounds, "seconds": ran, "cpu_seconds": cpu, "sent_mb": out / 1e6}


@contextmanager
def _pause_containers(containers: Sequence[Container]) -> Iterator[None]:
    """Pause containers, so that all counters are of one moment.

    The engine counts once a second and gives the last count.
    """
    for one in containers:
        one.pause()
    try:
        yield
    finally:
        for one in containers:
            one.unpause()


def _count_rounds(log: str) -> int:
    return len(re.findall(r"\[\d+\]\t", log))


def _read_container_usage(container: Container) -> tuple[float, float]:
    """Return the CPU seconds of a container that has not ended, and the bytes it has sent."""
    told: Any = container.stats(stream=False, one_shot=True)
    cpu = told["cpu_stats"]["cpu_usage"]["total_usage"] / 1e9
    return cpu, float(sum(one["tx_bytes"] for one in told["networks"].values()))


def _prepare(folder: Path) -> Plan:
    for number in range(_FILES):
        _write_rows(folder / "all", number)
        if number < FEW.rows // _ROWS:
            _write_rows(folder / "few", number)
    engine = _find_engine()
    share = min(1.0, (os.cpu_count() or 1) / _MOST_HOSTS) if engine.name == "docker" else None
    candidates = [
        Candidate(name, partial(_train, folder, engine, share, job, hosts))
        for name, (job, hosts) in RUNS.items()
    ]
    figure = "seconds" if share is None else "cpu_seconds"
    goals = [
        Goal(f"hosts_{hosts}", figure, "1 host", f"{hosts} hosts", least=least)
        for hosts, least in _LEAST_SPEEDUPS.items()
    ]
    about = {
        "engine": engine.name,
        "processors a host": share,
        "rows": WIDE.rows,
        "features": _WIDTH,
        "sent_mb": {
            name: count_sent_bytes(job, hosts) / 1e6 for name, (job, hosts) in RUNS.items()
        },
    }
    return Plan(candidates, goals, rounds=2, about=about)


def _find_engine() -> Engine:
    try:
        engine = select_engine("docker", ["xgboost"])
        engine.read_labels("xgboost")
    except (DockerException, UserError):
        return select_engine("process")
    return engine


def _write_rows(folder: Path, number: int) -> None:
    """Write one file of rows, the same each time."""
    file = folder / f"{number}.parquet"
    if file.exists():
        return
    folder.mkdir(exist_ok=True)
    values = np.random.default_rng(number).standard_normal((_WIDTH, _ROWS), dtype=np.float32)
    names = ["y", *(f"f{place}" for place in range(_WIDTH))]
    pq.write_table(pa.table([values[0] * values[1] + values[2], *values], names=names), file)


def _train(folder: Path, engine: Engine, share: float | None, job: Job, hosts: int) -> Figures:
    data = folder / ("few" if job is FEW else "all")
    channel = Channel("train", data, "application/x-parquet", distribution="ShardedByS3Key")
    asked = {
        "num_round": str(_NEVER),
        "max_depth": str(job.depth),
        "max_bin": str(job.bins),
        "nthread": "1",
    }
    watch = RoundWatch(share)
    shutil.rmtree(folder / "output", ignore_errors=True)
    training = TrainingJob("xgboost", [channel], asked, instance_count=hosts, max_runtime=_LONGEST)
    jobs.train(training, folder / "output", engine, logs=watch, stop=watch.enough)
    return watch.read_figures()


BENCHMARK = Benchmark(
    "hosts", "a round of training on 1, 2 and 3 hosts of one machine", _prepare, slow=True
)
