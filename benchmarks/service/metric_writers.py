"""16 writers of 2,000 metrics each, whose service is killed in the middle and started again."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from benchmarks.harness.benchmark import Benchmark, Candidate, Figures, Goal, Plan
from local_test.service.storage.aws_clients import AwsClients

_REGION, _WRITERS, _POINTS, _BATCH = "us-east-1", 16, 2000, 10


class _Service:
    """A running service, and the clients of its API."""

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.process = process
        self._clients = AwsClients(url, {})

    def call(self, service: str) -> Any:
        return self._clients.client(service, _REGION)


@contextmanager
def _run_service(state: Path) -> Iterator[_Service]:
    command = [sys.executable, "-m", "local_test", "up", "--engine", "process", "--port", "0"]
    with subprocess.Popen(
        [*command, "--state", str(state)], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            first = process.stdout.readline() if process.stdout else ""
            yield _Service(process, first.split()[-1])
        finally:
            process.kill()


def _write(service: _Service, component: str, start: int, done: list[int], half: int) -> int:
    """Write the points from `start` on; return the first that was not acknowledged.

    The call that completes `half` points of all writers kills the service.
    """
    client = service.call("sagemaker-metrics")
    for step in range(start, _POINTS, _BATCH):
        data = [
            {"MetricName": "loss", "Value": float(one), "Step": one, "Timestamp": time.time()}
            for one in range(step, step + _BATCH)
        ]
        try:
            answer = client.batch_put_metrics(TrialComponentName=component, MetricData=data)
        except (BotoCoreError, ClientError):
            return step
        if answer.get("Errors"):
            raise RuntimeError(f"points are refused: {answer['Errors'][0]}")
        done.append(step)
        if len(done) * _BATCH == half:
            service.process.kill()
    return _POINTS


def _write_all(service: _Service, starts: list[int], half: int = 0) -> list[int]:
    done = list[int]()
    with ThreadPoolExecutor(_WRITERS) as pool:
        return list(
            pool.map(lambda n: _write(service, f"w{n}", starts[n], done, half), range(_WRITERS))
        )


def _read_steps(service: _Service, writer: int) -> list[int]:
    arn = service.call("sagemaker").describe_trial_component(TrialComponentName=f"w{writer}")
    query = {
        "MetricName": "loss",
        "ResourceArn": arn["TrialComponentArn"],
        "MetricStat": "Last",
        "Period": "IterationNumber",
        "XAxisType": "IterationNumber",
    }
    [result] = service.call("sagemaker-metrics").batch_get_metrics(MetricQueries=[query])[
        "MetricQueryResults"
    ]
    if [float(step) for step in result["XAxisValues"]] != result["MetricValues"]:
        raise RuntimeError(f"w{writer} has other values than were written")
    return list(result["XAxisValues"])


def _measure(folder: Path) -> Figures:
    lost = disordered = 0
    with TemporaryDirectory(dir=folder) as state:
        with _run_service(Path(state)) as service:
            for number in range(_WRITERS):
                service.call("sagemaker").create_trial_component(TrialComponentName=f"w{number}")
            service.call("sagemaker-metrics")
            started = time.perf_counter()
            acknowledged = _write_all(service, [0] * _WRITERS, _WRITERS * _POINTS // 2)
            seconds = time.perf_counter() - started
        with _run_service(Path(state)) as service:
            kept = [_read_steps(service, number) for number in range(_WRITERS)]
            for count, steps in zip(acknowledged, kept, strict=True):
                lost += max(0, count - len(steps))
                disordered += steps != list(range(len(steps)))
            _write_all(service, [len(steps) for steps in kept])
            for number in range(_WRITERS):
                disordered += _read_steps(service, number) != list(range(_POINTS))
    return {
        "points_per_s": sum(acknowledged) / seconds,
        "acknowledged": float(sum(acknowledged)),
        "lost_points": float(lost),
        "disordered_series": float(disordered),
    }


def _prepare(folder: Path) -> Plan:
    goals = [
        Goal("metric_writers_lost", "lost_points", "service", most=0.0),
        Goal("metric_writers_order", "disordered_series", "service", most=0.0),
    ]
    about = {"writers": _WRITERS, "points": _WRITERS * _POINTS}
    return Plan([Candidate("service", partial(_measure, folder.resolve()))], goals, 3, about)


BENCHMARK = Benchmark(
    "metric_writers",
    "16 writers of 2,000 metrics, the service killed in the middle",
    _prepare,
    slow=True,
)
