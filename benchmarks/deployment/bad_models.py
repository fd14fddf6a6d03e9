"""Three bad models deployed by a canary under load: each is rolled back, and nothing else is lost.

One answers every request with 500, one takes half a second, one ends as it starts. The endpoint
gets 200 requests a second all the time. An alarm on the endpoint's own metrics ends the first two
deployments, the missing health of its containers the third.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.client import HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.deployment.hosting import VARIANT, HostingService, host_models, invoke
from benchmarks.harness.benchmark import Benchmark, Candidate, Figures, Goal, Plan

_ENDPOINT, _RATE, _THREADS = "live", 200, 48
_SHARE = 10
_BEFORE_SECONDS, _BAKE_SECONDS = 4.0, 6.0
_ALARMS: dict[str, dict[str, Any]] = {
    "errors": {"MetricName": "Invocation5XXErrors", "Statistic": "Sum", "Threshold": 1.0},
    "slow": {"MetricName": "ModelLatency", "Statistic": "Maximum", "Threshold": 400_000.0},
    "crash": {"MetricName": "Invocation5XXErrors", "Statistic": "Sum", "Threshold": 1.0},
}


class _Load:
    """Requests at a fixed rate, whether or not earlier ones were answered, until it is ended.

    `seen` counts what became of requests: the behaviour that answered, or `lost`.
    """

    def __init__(self, service: HostingService) -> None:
        self.seen = Counter[str]()
        self.sent = 0
        self._service = service
        self._begin = time.monotonic()
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._work) for _ in range(_THREADS)]

    @contextmanager
    def running(self) -> Iterator[_Load]:
        """Context manager: send requests meanwhile; each has its response at the end."""
        for thread in self._threads:
            thread.start()
        try:
            yield self
        finally:
            self._ended.set()
            for thread in self._threads:
                thread.join()

    @property
    def rate(self) -> float:
        """Requests a second so far."""
        return self.sent / (time.monotonic() - self._begin)

    def _work(self) -> None:
        connection = self._service.connect()
        while not self._ended.is_set():
            with self._lock:
                due = self._begin + self.sent / _RATE
                self.sent += 1
            time.sleep(max(0.0, due - time.monotonic()))
            try:
                what = _judge(*invoke(connection, _ENDPOINT))
            except (OSError, HTTPException):
                connection.close()
                what = "lost"
            with self._lock:
                self.seen[what] += 1
        connection.close()


def _judge(status: int, body: str) -> str:
    """Return the behaviour of the model that answered: a model error quotes its response."""
    if status == 200:
        return body
    return "errors" if status == 424 and '"errors"' in body else "lost"


def _deploy(service: HostingService, behaviour: str) -> Figures:
    sagemaker = service.clients.make("sagemaker")
    service.clients.make("cloudwatch").put_metric_alarm(
        AlarmName=behaviour,
        Namespace="AWS/SageMaker",
        Dimensions=[
            {"Name": "EndpointName", "Value": _ENDPOINT},
            {"Name": "VariantName", "Value": VARIANT},
        ],
        Period=60,
        EvaluationPeriods=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="notBreaching",
        **_ALARMS[behaviour],
    )
    service.advance(120)  # what the endpoint did before is no reason to roll back
    with _Load(service).running() as load:
        time.sleep(_BEFORE_SECONDS)
        sagemaker.update_endpoint(
            EndpointName=_ENDPOINT,
            EndpointConfigName=behaviour,
            DeploymentConfig={
                "BlueGreenUpdatePolicy": {
                    "TrafficRoutingConfiguration": {
                        "Type": "CANARY",
                        "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": _SHARE},
                        "WaitIntervalInSeconds": 600,
                    }
                },
                "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": behaviour}]},
            },
        )
        baked = _wait_for_canary(sagemaker)
        before = load.sent
        if baked:
            time.sleep(_BAKE_SECONDS)
            service.advance(62)
        found = service.wait_for_endpoint(_ENDPOINT)
        during = load.sent - before
        time.sleep(_BEFORE_SECONDS)
        rate = load.rate
    print(
        f"  {behaviour:7s} {found['EndpointStatus']} on {found['EndpointConfigName']}: "
        f"{dict(load.seen)}, {rate:.0f} requests/s; {found.get('FailureReason', '')[:150]}",
        flush=True,
    )
    kept = found["EndpointStatus"] == "InService" and found["EndpointConfigName"] == "good"
    return {
        f"{behaviour}_rolled_back": float(kept and bool(found.get("FailureReason"))),
        f"{behaviour}_requests": float(load.sent),
        f"{behaviour}_per_s": rate,
        f"{behaviour}_bad_percent": 100 * load.seen[behaviour] / max(during, 1) if baked else 0.0,
        f"{behaviour}_lost": float(load.seen["lost"]),
    }


def _wait_for_canary(sagemaker: Any) -> bool:
    """Wait until the canary gets requests; return False if the deployment ends before."""
    while True:
        found = sagemaker.describe_endpoint(EndpointName=_ENDPOINT)
        variants = found.get("PendingDeploymentSummary", {}).get("ProductionVariants", ())
        if any(item["VariantStatus"][0]["Status"] == "Baking" for item in variants):
            return True
        if found["EndpointStatus"] == "InService":
            return False
        time.sleep(0.2)


def _measure(folder: Path) -> Figures:
    figures: dict[str, float] = {}
    with TemporaryDirectory(dir=folder) as place, host_models(Path(place)) as service:
        service.add_models(2, "good", *_ALARMS)
        service.create_endpoint(_ENDPOINT, "good")
        for behaviour in _ALARMS:
            figures |= _deploy(service, behaviour)
    figures["lost"] = sum(figures[f"{behaviour}_lost"] for behaviour in _ALARMS)
    figures["rolled_back"] = sum(figures[f"{behaviour}_rolled_back"] for behaviour in _ALARMS)
    return figures


def _prepare(folder: Path) -> Plan:
    goals = [
        Goal("bad_models_lost", "lost", "canary", most=0.0),
        Goal("bad_models_rolled_back", "rolled_back", "canary", least=3.0),
    ]
    about = {"requests_per_s": _RATE, "canary_percent": _SHARE, "instances": 2}
    return Plan([Candidate("canary", partial(_measure, folder.resolve()))], goals, 3, about)


BENCHMARK = Benchmark(
    "bad_models", "three bad models deployed by a canary at 200 requests/s", _prepare, slow=True
)
