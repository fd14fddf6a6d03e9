"""BatchPutMetrics and BatchGetMetrics: nothing acknowledged is lost, and the order stays."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import fmean, pstdev
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from local_test.service.http.app import App
from local_test.service.storage.aws_clients import AwsClients
from local_test.service.storage.wsgi_client import WsgiClient
from tests.clients.account import REGION, Account, run_service
from tests.local_test.service.in_process import URL, open_service

ARN = f"arn:aws:sagemaker:{REGION}:123456789012:experiment-trial-component"
NOW = int(time.time())


def make_entry(name: str, value: float, step: int | None = None, at: float = NOW) -> dict[str, Any]:
    entry = {"MetricName": name, "Value": value, "Timestamp": at}
    return entry if step is None else entry | {"Step": step}


def make_query(component: str, name: str, stat: str = "Last", **more: Any) -> dict[str, Any]:
    axis = {"Period": "IterationNumber", "XAxisType": "IterationNumber"}
    query = {"MetricName": name, "ResourceArn": f"{ARN}/{component}", "MetricStat": stat}
    return query | axis | more


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, Any]]:
    """Clients of SageMaker and of its metrics, and a trial component `run`."""
    with open_service(tmp_path_factory.mktemp("metrics")) as (backend, sagemaker):
        sagemaker.create_trial_component(TrialComponentName="Run")
        makers = AwsClients(URL, {}, WsgiClient(App(backend)))
        yield sagemaker, makers.client("sagemaker-metrics", REGION)
        makers.close()


def test_points_are_summarized_on_their_component(clients: tuple[Any, Any]) -> None:
    sagemaker, metrics = clients
    values = [0.5, 0.25, 2.0, 1.0]
    entries = [make_entry("loss", value, step) for step, value in enumerate(values)]
    metrics.batch_put_metrics(TrialComponentName="run", MetricData=[*entries, make_entry("f1", 9)])
    described = sagemaker.describe_trial_component(TrialComponentName="run")["Metrics"]
    assert [metric["MetricName"] for metric in described] == ["f1", "loss"]
    loss = described[1]
    assert (loss["Min"], loss["Max"], loss["Last"], loss["Count"]) == (0.25, 2.0, 1.0, 4)
    assert loss["Avg"] == pytest.approx(fmean(values))
    assert loss["StdDev"] == pytest.approx(pstdev(values))
    assert loss["SourceArn"] == f"{ARN}/run"
    assert loss["TimeStamp"].timestamp() == NOW
    for name, found in (("metrics.loss.max", 1), ("Metrics.f1.Min", 0)):
        filters = [{"Name": name, "Operator": "LessThan", "Value": "5"}]
        hits = sagemaker.search(
            Resource="ExperimentTrialComponent", SearchExpression={"Filters": filters}
        )["TotalHits"]
        assert hits["Value"] == found


def test_each_entry_is_refused_by_itself(clients: tuple[Any, Any]) -> None:
    sagemaker, metrics = clients
    sagemaker.create_trial_component(TrialComponentName="partly")
    errors = metrics.batch_put_metrics(
        TrialComponentName="partly",
        MetricData=[
            make_entry("a", 1),
            make_entry("a", 2, at=NOW - 15 * 86400),
            make_entry("a", 3, at=NOW + 3 * 3600),
            make_entry("a", 4),
        ],
    )["Errors"]
    invalid = "VALIDATION_ERROR"
    assert errors == [{"Code": invalid, "MetricIndex": 1}, {"Code": invalid, "MetricIndex": 2}]
    [kept] = sagemaker.describe_trial_component(TrialComponentName="partly")["Metrics"]
    assert (kept["Count"], kept["Last"]) == (2, 4.0)
    with pytest.raises(ClientError, match="does not exist") as missing:
        metrics.batch_put_metrics(TrialComponentName="none", MetricData=[make_entry("a", 1)])
    assert missing.value.response["Error"]["Code"] == "ResourceNotFound"
    too_many = [make_entry("a", 1)] * 11
    with pytest.raises(ClientError, match="less than or equal to 10"):
        metrics.batch_put_metrics(TrialComponentName="run", MetricData=too_many)


def test_queries_group_points_by_step_and_by_time(clients: tuple[Any, Any]) -> None:
    sagemaker, metrics = clients
    sagemaker.create_trial_component(TrialComponentName="curve")
    start = NOW // 3600 * 3600 - 3600
    points = [(1, 0, 0), (3, 0, 10), (5, 1, 70), (7, None, 80)]
    data = [make_entry("m", value, step, start + later) for value, step, later in points]
    metrics.batch_put_metrics(TrialComponentName="curve", MetricData=data)
    by_minute = {"Period": "OneMinute", "XAxisType": "Timestamp"}
    queries = [
        make_query("curve", "m", "Avg"),
        make_query("curve", "m", "Max", Start=1),
        make_query("curve", "m", "Count", **by_minute),
        make_query("curve", "m", "Last", **by_minute, End=start),
        make_query("curve", "never"),
        make_query("gone", "m"),
        make_query("curve", "m", XAxisType="Timestamp"),
    ]
    results = metrics.batch_get_metrics(MetricQueries=queries)["MetricQueryResults"]
    assert [(one["XAxisValues"], one["MetricValues"]) for one in results] == [
        ([0, 1], [2.0, 5.0]),
        ([1], [5.0]),
        ([start, start + 60], [2.0, 2.0]),
        ([start], [3.0]),
        ([], []),
        ([], []),
        ([], []),
    ]
    assert [one["Status"] for one in results] == ["Complete"] * 5 + ["ValidationError"] * 2
    assert "Check the ARN" in results[5]["Message"]


WRITERS, BATCHES, SIZE = 4, 40, 10


def write(account: Account, component: str) -> int:
    """Put numbered points until the service is gone; return how many were acknowledged."""
    for batch in range(BATCHES):
        steps = range(SIZE * batch, SIZE * (batch + 1))
        data = [make_entry("m", step, step) for step in steps]
        try:
            account.client("sagemaker-metrics").batch_put_metrics(
                TrialComponentName=component, MetricData=data
            )
        except (BotoCoreError, ClientError):
            return SIZE * batch
        if component == "w0" and batch == BATCHES // 2:
            account.process.kill()
    return SIZE * BATCHES


def test_a_killed_service_has_every_acknowledged_point(tmp_path: Path) -> None:
    names = [f"w{number}" for number in range(WRITERS)]
    with run_service("process", tmp_path, end=signal.SIGKILL) as account:
        for name in names:
            account.sagemaker.create_trial_component(TrialComponentName=name)
        account.client("sagemaker-metrics")
        with ThreadPoolExecutor(WRITERS) as pool:
            acknowledged = list(pool.map(lambda name: write(account, name), names))
    assert 0 < min(acknowledged) <= max(acknowledged) < SIZE * BATCHES
    with run_service("process", tmp_path) as account:
        queries = [make_query(name, "m") for name in names]
        results = account.client("sagemaker-metrics").batch_get_metrics(MetricQueries=queries)
    for count, result in zip(acknowledged, results["MetricQueryResults"], strict=True):
        steps = result["XAxisValues"]
        assert steps == list(range(len(steps)))
        assert [float(step) for step in steps] == result["MetricValues"]
        # A batch whose answer was lost is there as a whole, or not at all.
        assert len(steps) in {count, count + SIZE}
