"""Alarms on percentiles and metric math, composite alarms, and metrics that are read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.background.endpoint_metrics import NAMESPACE, Invocation
from local_test.service.http.app import App
from local_test.service.resources.alarms.round import evaluate_alarms
from local_test.service.storage.aws_clients import AwsClients
from local_test.service.storage.wsgi_client import WsgiClient
from tests.clients.account import REGION
from tests.local_test.service.in_process import URL, open_service

VARIANT = [{"Name": "EndpointName", "Value": "e"}, {"Name": "VariantName", "Value": "v"}]
FIRST, SECOND = ({"Name": "EndpointConfigName", "Value": name} for name in ("first", "second"))


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    """A service where a variant had 100 requests in the last minute: 10 failed, 20 were slow."""
    with open_service(tmp_path_factory.mktemp("alarms")) as (backend, _):
        moment = now() // 60 * 60 - 30
        for number in range(100):
            seconds = 2.0 if number % 5 == 0 else 0.01
            failed = 500 if number % 10 == 0 else None
            config = "second" if number % 4 == 0 else "first"
            invocation = Invocation(moment, seconds, 0.001, failed, config=config)
            backend.endpoint_metrics.add(REGION, "e", "v", invocation)
        backend.endpoint_metrics.publish()
        yield backend


@pytest.fixture(scope="module")
def cloudwatch(service: Backend) -> Iterator[Any]:
    clients = AwsClients(URL, {}, WsgiClient(App(service)))
    yield clients.client("cloudwatch", REGION)
    clients.close()


def name_stat(metric: str, stat: str) -> dict[str, Any]:
    named = {"Namespace": NAMESPACE, "MetricName": metric, "Dimensions": VARIANT}
    return {"Metric": named, "Period": 60, "Stat": stat}


ERROR_RATE: list[dict[str, Any]] = [
    {"Id": "errors", "MetricStat": name_stat("Invocation5XXErrors", "Sum"), "ReturnData": False},
    {"Id": "all", "MetricStat": name_stat("Invocations", "Sum"), "ReturnData": False},
    {"Id": "rate", "Expression": "100 * errors / all", "ReturnData": True},
]


def put_alarm(cloudwatch: Any, name: str, threshold: float, **more: Any) -> None:
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        EvaluationPeriods=1,
        Threshold=threshold,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
        **more,
    )


def put_latency_alarm(cloudwatch: Any, name: str, statistic: str, seconds: float) -> None:
    watched = {"Namespace": NAMESPACE, "MetricName": "ModelLatency", "Dimensions": VARIANT}
    put_alarm(cloudwatch, name, seconds * 1e6, ExtendedStatistic=statistic, Period=60, **watched)


def test_alarms_on_percentiles_and_expressions_change_their_state(
    service: Backend, cloudwatch: Any
) -> None:
    put_latency_alarm(cloudwatch, "slow-p50", "p50", 1.0)
    put_latency_alarm(cloudwatch, "slow-p90", "p90", 1.0)
    put_alarm(cloudwatch, "rate-5", 5.0, Metrics=ERROR_RATE)
    put_alarm(cloudwatch, "rate-15", 15.0, Metrics=ERROR_RATE)
    for name, rule in {
        "both": 'ALARM("slow-p90") AND ALARM(rate-5)',
        "neither": "ALARM(slow-p50) OR NOT OK(rate-15)",
        "nested": "ALARM(both) AND NOT (ALARM(neither) OR FALSE)",
    }.items():
        cloudwatch.put_composite_alarm(AlarmName=name, AlarmRule=rule)
    assert evaluate_alarms(service, REGION)
    found = cloudwatch.describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    states = {one["AlarmName"]: one["StateValue"] for one in found["MetricAlarms"]}
    assert states == {"slow-p50": "OK", "slow-p90": "ALARM", "rate-5": "ALARM", "rate-15": "OK"}
    states = {one["AlarmName"]: one["StateValue"] for one in found["CompositeAlarms"]}
    assert states == {"both": "ALARM", "neither": "OK", "nested": "ALARM"}


def test_metrics_are_read_by_exactly_their_dimensions(cloudwatch: Any) -> None:
    end = datetime.now(UTC) + timedelta(minutes=1)
    times = {"StartTime": end - timedelta(minutes=10), "EndTime": end, "Period": 60}
    for more, count in (([], 100), ([FIRST], 75), ([SECOND], 25)):
        [point] = cloudwatch.get_metric_statistics(
            Namespace=NAMESPACE,
            MetricName="Invocations",
            Dimensions=[*VARIANT, *more],
            Statistics=["Sum", "SampleCount"],
            **times,
        )["Datapoints"]
        assert (point["Sum"], point["SampleCount"], point["Unit"]) == (count, count, "None")
    [point] = cloudwatch.get_metric_statistics(
        Namespace=NAMESPACE,
        MetricName="ModelLatency",
        Dimensions=VARIANT,
        ExtendedStatistics=["p50", "p99"],
        **times,
    )["Datapoints"]
    assert point["Unit"] == "Microseconds"
    assert point["ExtendedStatistics"] == pytest.approx({"p50": 10_000, "p99": 2e6}, rel=0.005)


def test_metric_data_have_the_values_of_expressions(cloudwatch: Any) -> None:
    end = datetime.now(UTC) + timedelta(minutes=1)
    found = cloudwatch.get_metric_data(
        MetricDataQueries=ERROR_RATE, StartTime=end - timedelta(minutes=10), EndTime=end
    )["MetricDataResults"]
    assert [(one["Id"], one["Values"]) for one in found] == [("rate", [10.0])]


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ("ALARM(both) AND", "unexpected 'its end'"),
        ("(ALARM(both)", "a parenthesis that is not closed"),
        ("ALARM(both) XOR TRUE", "unexpected 'XOR TRUE'"),
        ("ALARM(nobody)", "alarms that do not exist: nobody"),
    ],
)
def test_rules_that_cannot_be_read_are_refused(cloudwatch: Any, rule: str, sentence: str) -> None:
    with pytest.raises(ClientError, match=sentence):
        cloudwatch.put_composite_alarm(AlarmName="bad", AlarmRule=rule)


def test_alarms_that_would_never_be_evaluated_are_refused(cloudwatch: Any) -> None:
    with pytest.raises(ClientError, match="statistic tm90 is not supported"):
        put_latency_alarm(cloudwatch, "bad", "tm90", 1.0)
    expression = [{"Id": "rate", "Expression": "RATE(METRICS())"}]
    with pytest.raises(ClientError, match="the function RATE"):
        put_alarm(cloudwatch, "bad", 1.0, Metrics=expression)
    with pytest.raises(ClientError, match="ReturnData must be true for one"):
        put_alarm(
            cloudwatch, "bad", 1.0, Metrics=[one | {"ReturnData": True} for one in ERROR_RATE]
        )
    assert not cloudwatch.describe_alarms(AlarmNames=["bad"])["MetricAlarms"]
