"""One CSV row in, an answer out: bytes to bytes in this process, without a network.

Each image is compared with the usual Flask and pandas application over the same rows, called by
WSGI: the time of a server to read its requests is not counted.
"""

from __future__ import annotations

import io
import math
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from gunicorn.config import Config

from benchmarks.baselines.plain import app as plain
from benchmarks.harness.benchmark import Benchmark, Candidate, Figures, Goal, Plan
from benchmarks.serving.predict_row import train_model
from booster.serving import BoosterModel
from preprocessor.data.channel_records import ChannelRecords
from preprocessor.fit.recipe_fit import fit_recipe
from preprocessor.hyperparameters import SCHEMA
from preprocessor.infer.recipe_builder import build_recipe
from preprocessor.recipe.recipe_request import merge_request
from preprocessor.serving import TransformModel
from tandem.algorithm import Model
from tandem.contract import settings
from tandem.contract.hyperparameters import resolve_hyperparameters
from tandem.data.tables import Records
from tandem.serving.model_service import make_service
from tandem.serving.server import make_handlers
from tandem.serving.worker import responses
from tandem.serving.worker.request_buffer import RequestBuffer

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_ROUNDS, _REPETITIONS, _ROWS = 5, 500, 2000
_MOST = {"xgboost": 0.2, "transform": 0.05}
_NUMBERS, _CATEGORIES = 10, (9, 4, 6, 11)
_HEAD = (
    b"POST /invocations HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nAccept: text/csv\r\n"
    b"Content-Type: text/csv\r\nContent-Length: %d\r\n\r\n"
)
Ask = Callable[[bytes], bytes]


def _prepare(_: Path) -> Plan:
    apps = {"xgboost": _build_boosters(), "transform": _build_transforms()}
    candidates, goals = [], []
    for image, (ours, usual, body) in apps.items():
        both = {f"Tandem {image}": ours, f"plain {image}": usual}
        candidates += [Candidate(name, partial(_measure, a, body)) for name, a in both.items()]
        mine, its = both
        goals.append(Goal(f"request_1_row_{image}", "us_p50", mine, its, most=_MOST[image]))
    about = {"xgboost": "40 features, 200 trees", "transform": "10 numbers, 4 categories"}
    return Plan(candidates, goals, rounds=_ROUNDS, about=about)


def _build_boosters() -> tuple[Ask, Ask, bytes]:
    booster, rows = train_model()
    usual = partial(_send, plain.create_app(plain.predict_with_booster(booster)))
    ours, body = (
        _build_client(BoosterModel(booster)),
        _format_csv(pd.DataFrame(rows[:1].astype(float))),
    )
    mine, its = (float(ask(body)) for ask in (ours, usual))
    if not math.isclose(mine, its, rel_tol=1e-6):
        raise ValueError(f"the two do not predict the same: {mine} and {its}")
    return ours, usual, body


def _build_transforms() -> tuple[Ask, Ask, bytes]:
    frame = _make_records()
    words = [name for name in frame.columns if name.startswith("c")]
    usual = partial(
        _send, plain.create_app(plain.fit_transformer(frame, words).transform, list(frame.columns))
    )
    rows = [(*line.split(","), "1") for line in _format_csv(frame).decode().splitlines()]
    records = Records(rows, (*frame.columns, "y"))
    recipe = build_recipe(
        ChannelRecords(records.names or (), (records,)),
        merge_request(resolve_hyperparameters(SCHEMA, {"target": "y"})),
    )
    done = fit_recipe(recipe, recipe.build_schema().to_table(records))
    return _build_client(TransformModel(done.recipe, done.plan)), usual, _format_csv(frame[:1])


def _make_records() -> pd.DataFrame:
    generator = np.random.default_rng(0)
    numbers = generator.normal(size=(_ROWS, _NUMBERS)).round(6)
    numbers[generator.random(numbers.shape) < 0.05] = np.nan
    frame = pd.DataFrame(numbers, columns=[f"n{i}" for i in range(_NUMBERS)])
    for index, size in enumerate(_CATEGORIES):
        frame[f"c{index}"] = [f"word{code}" for code in generator.integers(size, size=_ROWS)]
    return frame


def _build_client(model: Model) -> Ask:
    service = make_service(model, settings.read({}))
    service.warm_up()
    fast_path, config = make_handlers(service).fast_path, Config()

    def ask(body: bytes) -> bytes:
        inbox = RequestBuffer(("127.0.0.1", 1), config, service.limit)
        inbox.feed(_HEAD % len(body) + body)
        whole = inbox.next_request()
        reply = whole and responses.try_fast_path(fast_path, whole, time.time(), close=False)
        if not reply:
            raise ValueError("the request is not one for the fast path")
        return reply.data.partition(b"\r\n\r\n")[2]

    return ask


def _format_csv(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(header=False, index=False).encode()


def _send(app: WSGIApplication, body: bytes) -> bytes:
    """Call the application as gunicorn does. Raises ValueError when the status is not 200."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/invocations",
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8080",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "127.0.0.1:8080",
        "HTTP_ACCEPT": "text/csv",
        "CONTENT_TYPE": "text/csv",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
    }
    statuses: list[str] = []
    answer = b"".join(app(environ, _note_status(statuses)))
    if statuses != ["200 OK"]:
        raise ValueError(f"{statuses}: {answer!r}")
    return answer


def _note_status(statuses: list[str]) -> Callable[..., Any]:
    return lambda status, _headers, _error=None: statuses.append(status)


def _measure(ask: Ask, body: bytes) -> Figures:
    times = []
    for _ in range(_REPETITIONS):
        began = time.perf_counter()
        ask(body)
        times.append(1e6 * (time.perf_counter() - began))
    return {"us_p50": statistics.median(times)}


BENCHMARK = Benchmark(
    "request_row", "One row's request, in process: Tandem against Flask and pandas", _prepare
)
