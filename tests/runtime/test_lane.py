"""The hot lane and Flask give the same answer to the same request, and errors are Flask's."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from tandem import settings
from tandem.data.policies import Policy
from tandem.data.schemas import Field, MatrixSchema, RecordSchema
from tandem.data.tables import Output, Table
from tandem.serving import unusual
from tandem.serving.app import create_app
from tandem.serving.heart import Answer, Service
from tandem.serving.lane import MOST_BYTES, Lane
from tandem.serving.server import door

LIMIT = 100_000
PLAIN: Mapping[str, Any] = {
    "REQUEST_METHOD": "POST",
    "PATH_INFO": "/invocations",
    "SCRIPT_NAME": "",
    "QUERY_STRING": "",
    "SERVER_NAME": "127.0.0.1",
    "SERVER_PORT": "8080",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "HTTP_HOST": "127.0.0.1:8080",
    "CONTENT_TYPE": "text/csv",
    "wsgi.version": (1, 0),
    "wsgi.url_scheme": "http",
    "wsgi.errors": io.StringIO(),
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
    "wsgi.input_terminated": True,
}
ATTRIBUTES = "HTTP_X_AMZN_SAGEMAKER_CUSTOM_ATTRIBUTES"
Found = tuple[str, list[tuple[str, str]], bytes]


class Sums:
    """Adds up a row, and breaks on 13."""

    schema = MatrixSchema(2, ("a", "b"))
    offered: tuple[str, ...] = ("twice",)

    def predict(self, table: Table) -> Table:
        sums = table.numbers.sum(axis=1, keepdims=True)
        if 13.0 in sums:
            raise RuntimeError("secret of the model")
        return Table(sums)

    def select(self, table: Table, names: Sequence[str]) -> Table:
        sums = table.numbers.sum(axis=1)
        return Table(sums[:, None], outputs=tuple(Output(name, 2 * sums) for name in names))

    def example(self) -> Table:
        return Table(np.zeros((1, 2)))


class Words(Sums):
    """Counts what training has not seen."""

    schema = RecordSchema(  # type: ignore[assignment]
        (Field("n", "number", Policy(high=5.0)), Field("w", "text", Policy(known=frozenset("xy")))),
        ("n", "w"),
    )
    offered = ()


def service(model: Sums) -> Service:
    return Service(model, settings.read({"MAX_CONTENT_LENGTH": str(LIMIT)}))


def ask(app: Callable[..., Iterable[bytes]], body: bytes, **environ: Any) -> Found:
    """Ask as gunicorn does; None leaves a variable out."""
    began: list[tuple[str, list[tuple[str, str]]]] = []
    whole = {**PLAIN, "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body), **environ}
    given = {name: value for name, value in whole.items() if value is not None}
    answer = app(given, lambda status, headers, _=None: began.append((status, headers)))
    text = b"".join(answer)
    return (*began[-1], text)


def forbidden(_environ: object, _start: object) -> Iterable[bytes]:
    raise AssertionError("Flask was asked")


class Torn(io.BytesIO):
    """The connection broke."""

    def read(self, _size: int | None = -1) -> bytes:
        raise ConnectionResetError

    def readinto(self, _buffer: object) -> int:
        raise ConnectionResetError


HOT: Mapping[str, tuple[bytes, Mapping[str, Any]]] = {
    "a row": (b"1,2\n", {}),
    "rows with gaps": (b"1,\n,4\n", {"CONTENT_TYPE": "text/csv; charset=utf-8"}),
    "no content type": (b"1,2", {"CONTENT_TYPE": None}),
    "an empty content type": (b"1,2", {"CONTENT_TYPE": ""}),
    "a header": (b"b,a\n1,2", {"CONTENT_TYPE": "text/csv; header=present"}),
    "JSON": (b'{"instances": [[1, 2]]}', {"CONTENT_TYPE": "application/json"}),
    "Accept": (b"1,2", {"HTTP_ACCEPT": "application/json"}),
    "Accept anything": (b"1,2", {"HTTP_ACCEPT": "*/*"}),
    "Accept by weight": (b"1,2", {"HTTP_ACCEPT": "image/png, application/x-npy;q=0.5, */*;q=0.1"}),
    "Accept a header row": (b"1,2", {"HTTP_ACCEPT": "text/csv; header=present"}),
    "an output": (b"1,2", {ATTRIBUTES: "trace=7; output=twice"}),
    "other attributes": (b"1,2", {ATTRIBUTES: "caf\xe9"}),
    "a host without sense": (b"1,2", {"HTTP_HOST": "no host/"}),
    "the largest": (b"1," + b"2".rjust(MOST_BYTES - 2, b"0"), {}),
}
COLD: Mapping[str, tuple[bytes, Mapping[str, Any]]] = {
    "a word": (b"1,2\n3,x", {}),
    "too wide": (b"1,2,3", {}),
    "no body": (b"", {}),
    "an unread type": (b"1,2", {"CONTENT_TYPE": "image/png"}),
    "an unwritten type": (b"1,2", {"HTTP_ACCEPT": "image/png"}),
    "no such output": (b"1,2", {ATTRIBUTES: "output=thrice"}),
    "a failing model": (b"6,7", {}),
    "not UTF-8": (b"\xff,1", {}),
    "an output by query": (b"1,2", {"QUERY_STRING": "output=twice"}),
    "one byte larger": (b"1," + b"2".rjust(MOST_BYTES - 1, b"0"), {}),
    "over the limit": (b"1," + b"2" * LIMIT, {}),
    "in chunks": (b"1,2", {"CONTENT_LENGTH": None}),
    "in chunks, with a length": (b"1,2", {"HTTP_TRANSFER_ENCODING": "chunked"}),
    "cut off": (b"1,2", {"CONTENT_LENGTH": "5"}),
    "cut off, as other servers tell it": (
        b"1",
        {"CONTENT_LENGTH": "5", "wsgi.input_terminated": None},
    ),
    "a length below zero": (b"1,2", {"CONTENT_LENGTH": "-1"}),
    "a length that is a word": (b"1,2", {"CONTENT_LENGTH": "three"}),
    "a torn connection": (b"1,2", {"wsgi.input": Torn()}),
    "GET": (b"", {"REQUEST_METHOD": "GET"}),
    "OPTIONS": (b"", {"REQUEST_METHOD": "OPTIONS"}),
    "ping": (b"", {"REQUEST_METHOD": "GET", "PATH_INFO": "/ping"}),
    "another route": (b"1,2", {"PATH_INFO": "/invocations/"}),
}


@pytest.mark.parametrize("case", HOT)
def test_a_plain_request_is_answered_without_flask_and_as_by_flask(case: str) -> None:
    body, environ = HOT[case]
    found = ask(Lane(forbidden, service(Sums())), body, **environ)
    assert found == ask(create_app(service(Sums())), body, **environ)
    assert found[0] == "200 OK"
    assert found[2]


@pytest.mark.parametrize("case", COLD)
def test_everything_else_is_answered_by_flask(case: str) -> None:
    body, environ = COLD[case]
    answer = ask(door(service(Sums())), body, **environ)
    assert answer == ask(create_app(service(Sums())), body, **environ)
    with pytest.raises(AssertionError, match="Flask was asked"):
        ask(Lane(forbidden, service(Sums())), body, **environ)


def test_what_is_unusual_is_told_and_counted_once(caplog: pytest.LogCaptureFixture) -> None:
    heads = {}
    makers: Mapping[str, Callable[[Service], Callable[..., Iterable[bytes]]]] = {
        "lane": door,
        "flask": create_app,
    }
    for name, app in makers.items():
        tallied: list[object] = []
        answering = service(Words())
        answering._tally.add = tallied.append  # type: ignore[method-assign,assignment]
        found = ask(app(answering), b"7,z\n1,x\n")
        heads[name] = found[1]
        assert len(tallied) == 1
    assert heads["lane"] == heads["flask"]
    assert (unusual.HEADER, "unseen=1;out_of_range=1") in heads["lane"]
    assert caplog.records == []


def test_a_failing_model_is_logged_once_and_its_words_stay_here(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR):
        status, _, text = ask(door(service(Sums())), b"6,7")
    assert status == "500 INTERNAL SERVER ERROR"
    assert b"secret" not in text
    assert [str(record.exc_info and record.exc_info[1]) for record in caplog.records] == [
        "secret of the model"
    ]


def test_a_limit_below_the_lanes_own_holds() -> None:
    small = Service(Sums(), settings.read({"MAX_CONTENT_LENGTH": "8"}))
    assert ask(door(small), b"1,200000")[0] == "200 OK"
    assert ask(door(small), b"1,2000000")[0] == "413 REQUEST ENTITY TOO LARGE"


class Script:
    """Answers by itself, as a user's script does; no request may reach it twice."""

    limit: int | None = None

    def __init__(self) -> None:
        self.asked = 0

    def invoke(self, *_: object) -> Answer:
        self.asked += 1
        raise RuntimeError("once")

    def execution_parameters(self) -> Answer:
        raise NotImplementedError

    def warm(self) -> None:
        return


def test_a_script_is_asked_once() -> None:
    script = Script()
    assert ask(door(script), b"1,2")[0] == "500 INTERNAL SERVER ERROR"
    assert script.asked == 1
