"""GET /metrics tells what all workers counted, as Prometheus reads it."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tandem.contract import settings
from tandem.contract.entry_point import EntryPoint
from tandem.contract.settings import list_settings
from tandem.serving.app import create_app
from tandem.serving.metrics import FORMS, OFF, Metrics
from tandem.serving.metrics.prometheus import BUCKET_BOUNDS, PrometheusMetrics
from tandem.serving.model_service import InferenceService, make_service
from tandem.serving.multi_model import LoadedModels
from tandem.serving.multi_model_app import create_multi_model_app
from tandem.serving.script_service import load_script
from tandem.serving.server_timing import ServerTiming
from tests.tandem.serving.worker.asking import Client, build_request
from tests.tandem.serving.worker.conftest import Server, serving
from tests.tandem.serving.worker.models import Sums, Words

PAGE = build_request(line="GET /metrics HTTP/1.1", length=-1)
DURATION = "tandem_stage_duration_seconds"
# One request for each, and the class of what it is answered.
ASKED = {
    "2xx": [
        build_request(b"1,2"),
        build_request(b"1,2".rjust(70_000, b"0")),
        build_request(b"0.05,-1"),
    ],
    "4xx": [build_request(b"1,x"), build_request(b"1,2", ["Host: x", "Content-Type: image/png"])],
    "5xx": [build_request(b"6,7")],
}
# Nobody asks for a prediction.
BESIDE = [
    PAGE,
    build_request(line="GET /ping HTTP/1.1", length=-1),
    build_request(b"1", line="POST /x HTTP/1.1"),
]


class Told:
    """A page as Prometheus reads it."""

    def __init__(self, text: str) -> None:
        families = {family.name: family for family in text_string_to_metric_families(text)}
        assert all(family.documentation for family in families.values())
        self.types = {name: family.type for name, family in families.items()}
        self.values = {
            (sample.name, *sample.labels.values()): sample.value
            for family in families.values()
            for sample in family.samples
        }

    @property
    def requests(self) -> Mapping[str, float]:
        """The requests by the class of their status, where there are any."""
        name = "tandem_requests_total"
        found = {labels[0]: n for (kind, *labels), n in self.values.items() if kind == name}
        assert list(found) == ["2xx", "3xx", "4xx", "5xx"]
        return {status: count for status, count in found.items() if count}

    def buckets(self, stage: str) -> Mapping[float, float]:
        """A stage's requests by upper bound, cumulated."""
        name = f"{DURATION}_bucket"
        return {
            float(labels[1]): n
            for (kind, *labels), n in self.values.items()
            if kind == name and labels[0] == stage
        }

    def sum(self, stage: str) -> float:
        return self.values[f"{DURATION}_sum", stage]

    def count(self, stage: str) -> float:
        return self.values[f"{DURATION}_count", stage]


def told(client: Client) -> Told:
    answer = client.send_and_read(PAGE)
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return Told(answer.body.decode())


def one_of_each(server: Server, count: int) -> tuple[dict[int, Client], int]:
    """Give a client of each process, and how many requests it took to find them."""
    found: dict[int, Client] = {}
    clients = []
    for number in range(1, 500):
        clients.append(Client(server.port))
        found.setdefault(
            int(float(clients[-1].send_and_read(build_request(b"1,-2")).body)), clients[-1]
        )
        if len(found) == count:
            return found, number
        time.sleep(0.02)
    pytest.fail(f"{len(found)} processes answer")


def test_whoever_answers_tells_of_the_requests_of_all_workers() -> None:
    with serving(2, TANDEM_METRICS="prometheus") as server:
        clients, successes = one_of_each(server, 2)
        for client in clients.values():
            for data in [*ASKED["2xx"], *ASKED["4xx"], *ASKED["5xx"], *BESIDE]:
                client.send_and_read(data)
        successes += 2 * len(ASKED["2xx"])
        one, other = map(told, clients.values())
        assert one.values == other.values
        assert one.requests == {"2xx": successes, "4xx": 4, "5xx": 2}
        assert one.types == {
            "tandem_requests": "counter",
            "tandem_unusual_values": "counter",
            DURATION: "histogram",
        }
        for stage in ("decode", "predict", "encode"):
            found = one.buckets(stage)
            assert list(found) == [*BUCKET_BOUNDS, float("inf")]
            assert all(less <= more for less, more in pairwise(found.values()))
            assert found[float("inf")] == one.count(stage) == successes
        assert one.buckets("predict")[0.05] <= successes - 2
        assert 0.1 <= one.sum("predict") < 10  # each worker slept for 0.05 s
        assert 0 < one.sum("decode") < 10


def test_what_a_worker_counted_outlives_it() -> None:
    with serving(1, TANDEM_METRICS="prometheus") as server:
        for alive in range(1, 4):
            ((process, client),) = one_of_each(server, 1)[0].items()
            assert told(client).requests == {"2xx": alive}
            os.kill(process, signal.SIGKILL)


def test_a_duration_is_counted_below_the_first_bound_that_it_does_not_exceed() -> None:
    metrics = PrometheusMetrics(3)
    stages = ServerTiming("transform", sends_header=False, metrics=metrics)
    for place, took in enumerate((0.25, 0.250001, 11.0)):
        metrics.use_slot(place)
        stages.record(1.0, 1.0 + 2**-10, 1.0 + 2**-10, 1.0 + 2**-10 + took)
    found = Told(metrics.render_page())
    assert [found.buckets("encode")[bound] for bound in (0.1, 0.25, 0.5, 10.0)] == [0, 1, 2, 2]
    assert found.count("encode") == 3
    assert found.sum("encode") == pytest.approx(11.500001)
    assert found.buckets("transform")[BUCKET_BOUNDS[0]] == 3  # none takes less than nothing
    assert (found.buckets("decode")[5e-4], found.buckets("decode")[1e-3]) == (0, 3)
    assert found.sum("decode") == 3 * 2**-10
    assert found.buckets("predict") == {}


def test_unusual_values_are_counted_by_kind() -> None:
    metrics = PrometheusMetrics(2)
    client = create_app(
        make_service(Words(), settings.read({}), metrics=metrics), metrics
    ).test_client()
    for place, body in enumerate((b"7,z\n1,q\n", b"1,z\n", b"1,x\n")):
        metrics.use_slot(place % 2)
        assert client.post("/invocations", data=body).status_code == 200
    found = Told(metrics.render_page())
    assert {kind: n for (name, kind, *_), n in found.values.items() if "unusual" in name} == {
        "unseen": 3,
        "out_of_range": 1,
        "missing_column": 0,
        "unparsable": 0,
        "missing_value": 0,
    }
    assert found.requests == {"2xx": 3}


@pytest.mark.parametrize("metrics", [OFF, FORMS["emf"](1)])
def test_where_they_are_not_switched_on_the_answer_says_how(metrics: Metrics) -> None:
    service = make_service(Sums(), settings.read({}), metrics=metrics)
    answer = create_app(service, metrics).test_client().get("/metrics")
    assert (answer.status_code, answer.json) == (
        404,
        {
            "code": "NotFound",
            "message": "this server keeps no metrics that can be asked for. Start it with"
            " TANDEM_METRICS=prometheus",
        },
    )


def test_every_form_can_be_set() -> None:
    (kind,) = (s.kind for _, s, _ in list_settings() if s.variable == "TANDEM_METRICS")
    assert kind.schema["enum"] == list(FORMS)


SCRIPT = """
import time
from flask import Response

def model_fn(model_dir):
    return None

def transform_fn(model, body, content_type, accept):
    if body == "slow":
        time.sleep(0.03)
    if body == "raise":
        raise RuntimeError("secret")
    return Response("x", int(body)) if body.isdecimal() else body
"""


def script(folder: Path, metrics: Metrics) -> InferenceService:
    (folder / "script.py").write_text(SCRIPT)
    environment = settings.read({"SAGEMAKER_BASE_DIR": str(folder)})
    loaded = load_script(EntryPoint("script.py", str(folder)), folder, environment)
    return make_service(loaded, environment, metrics=metrics)


def test_a_script_has_one_stage_and_says_itself_how_it_went(tmp_path: Path) -> None:
    metrics = PrometheusMetrics(1)
    client = create_app(script(tmp_path, metrics), metrics).test_client()
    for body in ("fine", "slow", "201", "302", "404", "418", "503", "raise"):
        answer = client.post("/invocations", data=body, content_type="text/csv")
        assert answer.headers.get("Server-Timing", "").count("script;dur=") == (
            answer.status_code < 300
        )
    found = Told(metrics.render_page())
    assert found.requests == {"2xx": 3, "3xx": 1, "4xx": 2, "5xx": 2}
    assert (found.count("script"), found.count("decode"), found.count("encode")) == (3, 3, 3)
    assert found.buckets("script")[0.025] <= 2
    assert found.sum("script") >= 0.03


def test_the_models_of_one_endpoint_are_counted_together(tmp_path: Path) -> None:
    metrics = PrometheusMetrics(1)
    models = LoadedModels(lambda _: Sums(), settings.read({}), metrics)
    client = create_multi_model_app(models, None, metrics).test_client()
    assert Told(client.get("/metrics").text).requests == {}
    for name in ("a", "b"):
        client.post("/models", data=json.dumps({"model_name": name, "url": str(tmp_path)}))
        assert client.post(f"/models/{name}/invoke", data=b"1,2").data == b"3.0\n"
    client.post("/models/a/invoke", data=b"1,x")
    client.post("/models/c/invoke", data=b"1,2")
    client.delete("/models/a")
    found = Told(client.get("/metrics").text)
    assert found.requests == {"2xx": 2, "4xx": 2}
    assert found.count("predict") == 2
