"""Sets beyond a container's memory: trained out of core within it, and in memory without it.

One is three times the limit, with many columns and the least histograms; the other has 10,000,000
rows of 30 columns in 1 GiB, and is trained as by default.

The limit is the proof: beyond it the kernel ends the process, and the run fails. The reported peak
is the resident set, in which pages of libraries and of files count that the limit does not.
Where there is no Docker, or no image, both are processes of this environment, and nothing limits
their memory.
"""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import docker
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from docker.errors import DockerException

from benchmarks.harness.benchmark import Benchmark, Candidate, Figures, Goal, Plan
from benchmarks.harness.process_usage import LAUNCHER, BenchmarkFailed
from local_test.engines.docker_engine.client import find_container_user
from local_test.engines.image_names import to_image_reference

_BY_FILES, _IN_MEMORY = "files", "in memory"
_TOLD = {"TANDEM_BENCH_FD": "1"}  # the last line of what the program says
_ROUNDS = 20


@dataclass(frozen=True)
class _DataSet:
    """`files` files of the same `rows` rows, and how they are trained."""

    files: int
    rows: int
    width: int
    limit: int  # bytes of the container that trains by files
    distinct: int | None  # values of a column; None: normal numbers
    given: Mapping[str, str]
    memory: float  # the most of the memory of a training in memory
    slower: float = math.inf  # the most of its time

    @property
    def nbytes(self) -> int:
        """Size as float32."""
        return self.files * self.rows * self.width * 4


_WIDE = _DataSet(5, 73_500, 300, 5 * 73_500 * 300 * 4 // 3, 40, {"max_bin": "16"}, memory=0.6)
_LONG = _DataSet(10, 1_000_000, 30, 1 << 30, None, {}, memory=0.8, slower=1.3)


def _prepare(data: _DataSet, name: str, folder: Path) -> Plan:
    if not (folder / "data").is_dir():
        _write_files(data, folder / "data")
    start = (
        partial(_train_in_container, folder) if _has_image() else partial(_train_in_process, folder)
    )
    limited = start.func is _train_in_container
    candidates = [
        Candidate(_BY_FILES, partial(_train, data, folder, "true", partial(start, data.limit))),
        Candidate(_IN_MEMORY, partial(_train, data, folder, "false", partial(start, None))),
    ]
    most = data.memory if limited else 1.0  # an environment holds more libraries than an image
    goals = [
        Goal(f"{name}_memory", "peak_mb", _BY_FILES, _IN_MEMORY, most=most),
        Goal(f"{name}_speed", "rounds_per_second", _BY_FILES, _IN_MEMORY),
        Goal(f"{name}_time", "seconds", _BY_FILES, _IN_MEMORY, most=data.slower),
    ]
    about = {
        "rows": data.files * data.rows,
        "features": data.width,
        "rounds of boosting": _ROUNDS,
        "set_mb": data.nbytes / 2**20,
        "limit_mb": data.limit / 2**20 if limited else None,
        "engine": "docker" if limited else "process: no limit of memory",
    }
    return Plan(candidates, goals, rounds=2, about=about)


def _has_image() -> bool:
    try:
        client = docker.from_env()
    except DockerException:
        return False
    try:
        client.images.get(to_image_reference("xgboost"))
    except DockerException:
        return False
    finally:
        client.close()
    return True


def _write_files(data: _DataSet, folder: Path) -> None:
    folder.mkdir()
    draw, shape = np.random.default_rng(0), (data.width, data.rows)
    if data.distinct is None:
        values = draw.standard_normal(shape, dtype=np.float32)
    else:
        values = draw.integers(0, data.distinct, size=shape).astype(np.float32)
    names = ["y", *(f"f{place}" for place in range(data.width))]
    table = pa.table([values[0] + values[1], *values], names=names)
    pq.write_table(table, folder / "0.parquet", row_group_size=10_000)
    for number in range(1, data.files):
        (folder / f"{number}.parquet").hardlink_to(folder / "0.parquet")


def _train(
    data: _DataSet, folder: Path, files: str, start: Callable[[], Iterable[bytes]]
) -> Figures:
    root = folder / "job"
    shutil.rmtree(root, ignore_errors=True)
    for part in ("input/config", "input/data/train", "model", "output"):
        (root / part).mkdir(parents=True)
    asked = {"num_round": str(_ROUNDS), "max_depth": "6", "nthread": "2", **data.given}
    channel = {"ContentType": "application/x-parquet", "TrainingInputMode": "File"}
    written = {
        "hyperparameters": {**asked, "external_memory": files},
        "inputdataconfig": {"train": channel},
    }
    for name, content in written.items():
        (root / "input" / "config" / f"{name}.json").write_text(json.dumps(content))
    return _read_log(start())


def _read_log(lines: Iterable[bytes]) -> Figures:
    """Time the rounds by when their lines come, and take the rest from the last line."""
    times, last = [], b""
    for line in lines:
        last = line
        times += [time.monotonic()] if line.startswith(b"[") else []
    if not last.startswith(b"{"):
        raise BenchmarkFailed(f"training ended with: {last.decode(errors='replace')}")
    used: dict[str, float] = json.loads(last)
    if used.pop("code"):
        raise BenchmarkFailed("training failed; run it with `local-sagemaker train` to see why")
    rate = (len(times) - 1) / (times[-1] - times[0])
    return {"rounds_per_second": rate, **used}


def _train_in_container(folder: Path, limit: int | None) -> Iterable[bytes]:
    client = docker.from_env()
    bound = {
        folder / "job": ("/opt/ml", "rw"),
        folder / "data": ("/opt/ml/input/data/train", "ro"),
        LAUNCHER: ("/launch.py", "ro"),
    }
    made = client.containers.run(
        to_image_reference("xgboost"),
        ["/launch.py", "train"],
        entrypoint="python3",
        environment=_TOLD,
        detach=True,
        network_mode="none",
        user=find_container_user(client),
        volumes={str(k): {"bind": at, "mode": f"{mode},z"} for k, (at, mode) in bound.items()},
        mem_limit=limit,
        memswap_limit=limit,
    )
    try:
        yield from _split_lines(made.logs(stream=True, follow=True))
        made.wait()
        yield made.logs(tail=1)  # who follows is not given an end without a line break
    finally:
        made.remove(force=True, v=True)
        client.close()


def _split_lines(chunks: Iterable[bytes]) -> Iterable[bytes]:
    held = b""
    for chunk in chunks:
        *whole, held = (held + chunk).split(b"\n")
        yield from whole


def _train_in_process(folder: Path, _: int | None) -> Iterable[bytes]:
    train = folder / "job" / "input" / "data" / "train"
    train.rmdir()
    train.symlink_to(folder / "data")
    program = Path(sys.executable).parent / "tandem-xgboost"
    with subprocess.Popen(
        [sys.executable, "-SE", LAUNCHER, program, "train"],
        env={"SAGEMAKER_BASE_DIR": str(folder / "job"), **_TOLD},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        yield from process.stdout or ()


BENCHMARKS = (
    Benchmark(
        "out_of_core",
        "rounds a second and memory: files under a limit, and in memory",
        partial(_prepare, _WIDE, "out_of_core"),
        slow=True,
    ),
    Benchmark(
        "out_of_core_rows",
        "10,000,000 rows of 30 features in 1 GiB, and in memory: time and memory",
        partial(_prepare, _LONG, "out_of_core_rows"),
        slow=True,
    ),
)
