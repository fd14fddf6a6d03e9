"""What the stages of a request took is told in a header, and in the log where that is wished."""

from __future__ import annotations

import json
import re

import pytest

from tandem.contract import settings
from tandem.serving.metrics import emf, make_metrics
from tandem.serving.model_service import ModelService, ServiceResponse
from tandem.serving.server_timing import ServerTiming
from tests.tandem.serving.worker.models import Sums


def asked(**environment: str) -> ServiceResponse:
    given = settings.read(environment)
    service = ModelService(Sums(), given, metrics=make_metrics(given, 1))
    return service.invoke("text/csv", None, b"0.02,-1")


def test_an_answer_says_what_its_stages_took() -> None:
    told = asked().headers["Server-Timing"]
    stages = dict(re.findall(r"(\w+);dur=(\d+\.\d{3})", told))
    assert list(stages) == ["decode", "predict", "encode"]
    assert 20 <= float(stages["predict"]) < 2000  # milliseconds
    assert float(stages["decode"]) > 0


def test_it_can_be_turned_off() -> None:
    assert asked(TANDEM_SERVER_TIMING="false").headers == {}


def test_metrics_are_one_line_a_minute_with_a_sample_of_the_requests(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stages = ServerTiming("predict", sends_header=True, metrics=emf.EmfMetrics())
    for number in range(1000):
        began = 0.01 * number
        stages.record(began, began + 0.001, began + 0.004, began + 0.006)
    stages.record(*[2 * emf.INTERVAL_SECONDS] * 4)
    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (first["requests"], second["requests"]) == (1, 1000)
    assert first["decode"] == [1.0]
    assert [len(second[name]) for name in ("decode", "predict", "encode")] == [100, 100, 100]
    assert set(second["predict"]) <= {3.0, 0.0}
    (described,) = second["_aws"]["CloudWatchMetrics"]
    assert described["Namespace"] == "Tandem"
    assert {metric["Name"]: metric["Unit"] for metric in described["Metrics"]} == {
        "requests": "Count",
        "decode": "Milliseconds",
        "predict": "Milliseconds",
        "encode": "Milliseconds",
    }
    del stages
    assert capsys.readouterr().out == ""


def test_no_line_is_written_unless_it_is_wished(capsys: pytest.CaptureFixture[str]) -> None:
    asked()
    assert capsys.readouterr().out == ""
