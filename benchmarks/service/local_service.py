"""The local service as a client sees it: S3 beside moto's own server, jobs, lists, memory, starts.

Each candidate starts a service of its own. `TANDEM_SERVICE_SCALE` (default 1) multiplies the number
and size of what large states hold, for a first look.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from subprocess import DEVNULL, Popen
from typing import Any

import urllib3

from benchmarks.features.running_service import REGION, Clients, run_service
from benchmarks.harness.benchmark import Benchmark, Candidate, Figures, Goal, Plan
from benchmarks.harness.process_usage import BenchmarkFailed
from benchmarks.service.service_jobs import (
    JOBS_AT_ONCE,
    list_engines,
    measure_jobs,
    read_memory,
)
from benchmarks.service.stored_records import Store, make_record
from local_test.endpoints import reserve_port

_SCALE = float(os.environ.get("TANDEM_SERVICE_SCALE", "1"))
_SMALL, _SMALL_BYTES, _LARGE_BYTES = 300, 1024, 100_000_000
_RECORDS, _OBJECTS = int(10_000 * _SCALE), int(100_000 * _SCALE)
_STATE_OBJECTS, _STATE_LARGE = int(2_000 * _SCALE), max(1, int(50 * _SCALE))
_BUCKET, _PAGE = "bench", 100
_START_SECONDS = 60.0


def _prepare(folder: Path) -> Plan:
    folder = folder.resolve()
    candidates = [
        Candidate("tandem", partial(_measure_s3, partial(_run_tandem, folder / "s3"))),
        Candidate("moto", partial(_measure_s3, _run_moto)),
        Candidate("list", partial(_measure_list, folder / "list")),
        Candidate("growth", partial(_measure_growth, folder / "growth")),
        Candidate("records", partial(_measure_records, folder / "records")),
        Candidate("start", partial(_measure_start, folder / "start")),
        *(
            Candidate(engine, partial(measure_jobs, engine, folder / engine))
            for engine in list_engines()
        ),
    ]
    goals = [
        Goal("s3_put_cpu", "put_cpu_ms", "tandem", most=5.0),
        Goal("s3_get_cpu", "get_cpu_ms", "tandem", most=5.0),
        Goal("s3_put_moto", "put_cpu_ms", "tandem", "moto", most=2.5),
        Goal("s3_get_moto", "get_cpu_ms", "tandem", "moto", most=1.5),
        Goal("s3_put_large_moto", "put_mb_s", "tandem", "moto", least=0.5),
        Goal("s3_get_large_moto", "get_mb_s", "tandem", "moto", least=0.8),
        Goal("list_page", "page_ms", "list", most=100.0),
        Goal("object_bytes", "bytes_an_object", "growth", most=900.0),
        Goal("record_bytes", "bytes_a_record", "records", most=100.0),
        Goal("state_start", "start_s", "start", most=3.0),
        Goal("jobs_at_once", "completed", "process", least=JOBS_AT_ONCE),
    ]
    about = {"scale": _SCALE, "small": _SMALL, "records": _RECORDS, "objects": _OBJECTS}
    return Plan(candidates, goals, rounds=3, about=about)


@contextmanager
def _run_tandem(folder: Path) -> Iterator[tuple[Clients, int]]:
    """Context manager: a service, and the number of its process; its state stays."""
    with run_service(folder) as clients:
        yield clients, int(urllib3.request("GET", f"{clients.url}/_health").json()["pid"])


@contextmanager
def _run_moto() -> Iterator[tuple[Clients, int]]:
    with reserve_port(0) as reserved:
        port = str(reserved.getsockname()[1])
    program = "import sys; from moto.server import main; main(sys.argv[1:])"
    command = [sys.executable, "-c", program, "-H", "127.0.0.1", "-p", port]
    with Popen(command, stdout=DEVNULL, stderr=DEVNULL) as process:
        clients = Clients(f"http://127.0.0.1:{port}")
        try:
            _wait_for(partial(_is_listening, clients.url))
            yield clients, process.pid
        finally:
            process.kill()


def _measure_s3(run: Callable[[], Any]) -> Figures:
    with run() as (clients, process):
        s3, figures = clients.make("s3", attempts=5), dict[str, float]()
        _make_bucket(s3)
        put = partial(s3.put_object, Bucket=_BUCKET)

        def get(key: str) -> bytes:
            return bytes(s3.get_object(Bucket=_BUCKET, Key=key)["Body"].read())

        small, large = b"x" * _SMALL_BYTES, os.urandom(_LARGE_BYTES)
        calls: dict[str, Callable[[int], object]] = {
            "put": lambda number: put(Key=f"k{number}", Body=small),
            "get": lambda number: get(f"k{number}"),
        }
        for name, work in calls.items():
            work(0)
            began, used = time.perf_counter(), _read_cpu(process)
            for number in range(_SMALL):
                work(number)
            figures[f"{name}_ms"] = (time.perf_counter() - began) / _SMALL * 1e3
            figures[f"{name}_cpu_ms"] = (_read_cpu(process) - used) / _SMALL * 1e3
        figures["put_mb_s"] = _LARGE_BYTES / 1e6 / _time(lambda: put(Key="large", Body=large))
        figures["get_mb_s"] = _LARGE_BYTES / 1e6 / _time(lambda: get("large"))
    return figures


def _measure_list(folder: Path) -> Figures:
    if not folder.exists():
        store = Store(folder)
        for number in range(_RECORDS):
            record = make_record(number)
            store.add(record["TrainingJobName"], record)
        store.records.close_store()
    with _run_tandem(folder) as (clients, process):
        client = clients.make("sagemaker")
        page = partial(client.list_training_jobs, MaxResults=_PAGE)
        page()
        one = _time(page)
        pages = client.get_paginator("list_training_jobs").paginate(
            PaginationConfig={"PageSize": _PAGE}
        )
        began = time.perf_counter()
        found = sum(len(each["TrainingJobSummaries"]) for each in pages)
        seconds = time.perf_counter() - began
        if found != _RECORDS:
            raise BenchmarkFailed(f"{found} training jobs are listed, and there are {_RECORDS}")
        return {"page_ms": one * 1e3, "all_s": seconds, "memory_mb": read_memory(process) / 1e6}


def _measure_growth(folder: Path) -> Figures:
    shutil.rmtree(folder, ignore_errors=True)
    with _run_tandem(folder) as (clients, process):
        s3 = clients.make("s3", attempts=5)
        _make_bucket(s3)
        for number in range(200):  # what the first requests import and keep
            s3.put_object(Bucket=_BUCKET, Key=f"first/{number}", Body=b"x" * _SMALL_BYTES)
        before, done, figures = read_memory(process), 0, dict[str, float]()
        for count in sorted({_OBJECTS // 100, _OBJECTS // 10, _OBJECTS} - {0}):
            for number in range(done, count):
                body = f"{number:0{_SMALL_BYTES}d}".encode()  # as other bodies, one of its own
                s3.put_object(Bucket=_BUCKET, Key=f"data/{number:08d}", Body=body)
            done = count
            figures[f"memory_mb_{count}"] = read_memory(process) / 1e6
        grown = read_memory(process) - before
    return {**figures, "bytes_an_object": grown / max(1, _OBJECTS)}


def _measure_records(folder: Path) -> Figures:
    """Measure what ten times the records add to the memory of a service that lists 1000."""
    memory = dict[int, float]()
    for count in (_RECORDS, 10 * _RECORDS):
        state = folder / str(count)
        if not (state / "filled").exists():
            shutil.rmtree(state, ignore_errors=True)
            store = Store(state)
            for number in range(count):
                record = make_record(number)
                store.add(record["TrainingJobName"], record)
            store.records.close_store()
            (state / "filled").touch()
        with _run_tandem(state) as (clients, process):
            client = clients.make("sagemaker")
            pages = client.get_paginator("list_training_jobs").paginate(
                MaxResults=_PAGE, PaginationConfig={"MaxItems": 10 * _PAGE}
            )
            for _ in pages:
                pass
            memory[count] = read_memory(process)
    grown = memory[10 * _RECORDS] - memory[_RECORDS]
    return {
        **{f"memory_mb_{count}": used / 1e6 for count, used in memory.items()},
        "bytes_a_record": grown / (9 * _RECORDS),
    }


def _measure_start(folder: Path) -> Figures:
    state = folder / "state"
    if not (folder / "filled").exists():
        shutil.rmtree(folder, ignore_errors=True)
        _fill_state(state)
        (folder / "filled").touch()
    began = time.perf_counter()
    with _run_tandem(state) as (clients, process):
        _wait_for(partial(_is_ready, clients.url))
        seconds = time.perf_counter() - began
        memory = read_memory(process)
    began = time.perf_counter()
    with _run_tandem(folder / "empty") as (clients, _):
        _wait_for(partial(_is_ready, clients.url))
        empty = time.perf_counter() - began
    return {"start_s": seconds, "empty_start_s": empty, "memory_mb": memory / 1e6}


def _fill_state(state: Path) -> None:
    """Make a state of 5 GB: large and small objects, and records."""
    store = Store(state)
    for number in range(_RECORDS * 2):
        record = make_record(number)
        store.add(record["TrainingJobName"], record)
    store.records.close_store()
    with _run_tandem(state) as (clients, _):
        s3 = clients.make("s3", attempts=5)
        _make_bucket(s3)
        s3.put_object(Bucket=_BUCKET, Key="large/0", Body=os.urandom(_LARGE_BYTES))
        for number in range(1, _STATE_LARGE):
            source = f"{_BUCKET}/large/0"
            s3.copy_object(Bucket=_BUCKET, Key=f"large/{number}", CopySource=source)
        for number in range(_STATE_OBJECTS):
            s3.put_object(Bucket=_BUCKET, Key=f"small/{number}", Body=b"x" * _SMALL_BYTES)


def _make_bucket(s3: Any) -> None:
    names = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    if _BUCKET not in names:
        place = {"LocationConstraint": REGION}
        s3.create_bucket(Bucket=_BUCKET, CreateBucketConfiguration=place)


def _read_cpu(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _is_listening(url: str) -> bool:
    try:
        return bool(urllib3.request("GET", url, retries=False).status)
    except urllib3.exceptions.HTTPError:
        return False


def _is_ready(url: str) -> bool:
    return urllib3.request("GET", f"{url}/_health").status == 200


def _wait_for(check: Callable[[], bool]) -> None:
    until = time.monotonic() + _START_SECONDS
    while not check():
        if time.monotonic() > until:
            raise BenchmarkFailed("a server did not start within a minute")
        time.sleep(0.01)


def _time(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


BENCHMARK = Benchmark(
    "service",
    "the local service: S3 beside moto's server, lists, memory, start",
    _prepare,
    slow=True,
)
