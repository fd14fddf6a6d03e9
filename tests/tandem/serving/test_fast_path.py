"""The fast path and Flask give the same response to the same request; errors are Flask's."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable

import pytest
from gunicorn.config import Config

from tandem.contract import settings
from tandem.serving.fast_path import MOST_BYTES, ModelFastPath
from tandem.serving.model_service import ModelService, ServiceResponse
from tandem.serving.server import make_handlers
from tandem.serving.worker import responses
from tandem.serving.worker.request_buffer import HttpRequest, RequestBuffer
from tandem.serving.worker.responses import RawResponse
from tests.tandem.serving.worker.asking import HEADERS, build_chunked_request, build_request
from tests.tandem.serving.worker.models import Sums, Words

LIMIT = 100_000
ENDS = ("127.0.0.1", 1), ("127.0.0.1", 8080)
ATTRIBUTES = "X-Amzn-SageMaker-Custom-Attributes"


def service(model: Sums) -> ModelService:
    return ModelService(model, settings.read({"MAX_CONTENT_LENGTH": str(LIMIT)}))


def whole(data: bytes) -> HttpRequest:
    inbox = RequestBuffer(ENDS[0], Config(), LIMIT)
    inbox.feed(data)
    found = inbox.next_request()
    assert found
    return found


def by_fast_path(answering: ModelService, data: bytes) -> bytes | None:
    fast_path = make_handlers(answering).fast_path
    reply = responses.try_fast_path(fast_path, whole(data), time.time(), close=False)
    return undated(reply) if reply else None


def by_flask(answering: ModelService, data: bytes) -> bytes:
    return undated(
        responses.run_application(
            make_handlers(answering), whole(data), ENDS, Config(), close=False
        )
    )


def undated(reply: RawResponse) -> bytes:
    timing = rb"(?<=dur=)\d+\.\d{3}"
    return re.sub(rb"\r\nDate: [^\r]+", b"", re.sub(timing, b"x", reply.data))


HOT = {
    "a row": build_request(b"1,2\n"),
    "rows with gaps": build_request(
        b"1,\n,4\n", ["Host: x", "content-type:text/csv; charset=utf-8"]
    ),
    "no content type": build_request(b"1,2", ["Host: x"]),
    "an empty content type": build_request(b"1,2", ["Host: x", "Content-Type:"]),
    "a header": build_request(b"b,a\n1,2", ["Host: x", "Content-Type: text/csv; header=present"]),
    "JSON": build_request(
        b'{"instances": [[1, 2]]}', ["Host: x", "Content-Type: application/json"]
    ),
    "Accept": build_request(b"1,2", [*HEADERS, "Accept: application/json"]),
    "Accept anything": build_request(b"1,2", [*HEADERS, "Accept: */*"]),
    "Accept by weight": build_request(
        b"1,2", [*HEADERS, "Accept: image/png, application/x-npy;q=0.5, */*;q=0.1"]
    ),
    "Accept a header row": build_request(b"1,2", [*HEADERS, "Accept: text/csv; header=present"]),
    "an output": build_request(b"1,2", [*HEADERS, f"{ATTRIBUTES}: trace=7; output=twice"]),
    "other attributes": build_request(b"1,2", [*HEADERS, f"{ATTRIBUTES}: caf\xe9"]),
    "a host without sense": build_request(b"1,2", ["Host: no host/"]),
    "kept": build_request(b"1,2", [*HEADERS, "Connection: Keep-Alive"]),
    "the largest": build_request(b"1," + b"2".rjust(MOST_BYTES - 2, b"0")),
}
COLD = {
    "a word": build_request(b"1,2\n3,x"),
    "too wide": build_request(b"1,2,3"),
    "no body": build_request(),
    "an unread type": build_request(b"1,2", ["Host: x", "Content-Type: image/png"]),
    "an unwritten type": build_request(b"1,2", [*HEADERS, "Accept: image/png"]),
    "no such output": build_request(b"1,2", [*HEADERS, f"{ATTRIBUTES}: output=thrice"]),
    "a failing model": build_request(b"6,7"),
    "not UTF-8": build_request(b"\xff,1"),
    "an output by query": build_request(b"1,2", line="POST /invocations?output=twice HTTP/1.1"),
    "one byte larger": build_request(b"1," + b"2".rjust(MOST_BYTES - 1, b"0")),
    "over the limit": build_request(b"1," + b"2" * LIMIT),
    "far over the limit": build_request(b"1," + b"2" * 2 * LIMIT),
    "in chunks": build_chunked_request(b"1,", b"2"),
    "in too many chunks": build_chunked_request(*[b"1,2\n" * 100] * 300),
    "no host": build_request(b"1,2", ["Content-Type: text/csv"], line="POST /invocations HTTP/1.0"),
    "an old client": build_request(b"1,2", line="POST /invocations HTTP/1.0"),
    "the last request": build_request(b"1,2", [*HEADERS, "Connection: close"]),
    "GET": build_request(line="GET /invocations HTTP/1.1"),
    "HEAD": build_request(line="HEAD /ping HTTP/1.1"),
    "OPTIONS": build_request(line="OPTIONS /invocations HTTP/1.1"),
    "ping": build_request(line="GET /ping HTTP/1.1"),
    "another route": build_request(b"1,2", line="POST /invocations/ HTTP/1.1"),
}


@pytest.mark.parametrize("case", HOT)
def test_a_plain_request_is_answered_without_flask_and_as_by_flask(case: str) -> None:
    found = by_fast_path(service(Sums()), HOT[case])
    assert found == by_flask(service(Sums()), HOT[case])
    assert found
    assert found.startswith(b"HTTP/1.1 200 OK\r\n")
    assert not found.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("case", COLD)
def test_everything_else_is_left_to_flask(case: str) -> None:
    assert by_fast_path(service(Sums()), COLD[case]) is None
    assert by_flask(service(Sums()), COLD[case]).startswith(b"HTTP/1.")


def test_what_is_unusual_is_told_and_counted_once(caplog: pytest.LogCaptureFixture) -> None:
    heads = {}
    for name, ask in {"fast path": by_fast_path, "flask": by_flask}.items():
        tallied: list[object] = []
        answering = service(Words())
        answering._unusual_log.add = tallied.append  # type: ignore[method-assign,assignment]
        heads[name] = ask(answering, build_request(b"7,z\n1,x\n"))
        assert len(tallied) == 1
    assert heads["fast path"] == heads["flask"]
    assert b"\r\nX-Tandem-Unusual: unseen=1;out_of_range=1\r\n" in (heads["fast path"] or b"")
    assert caplog.records == []


def test_a_failing_model_is_logged_once_and_its_words_stay_here(
    caplog: pytest.LogCaptureFixture,
) -> None:
    answering = service(Sums())
    with caplog.at_level(logging.ERROR):
        assert by_fast_path(answering, build_request(b"6,7")) is None
        text = by_flask(answering, build_request(b"6,7"))
    assert text.startswith(b"HTTP/1.1 500 INTERNAL SERVER ERROR\r\n")
    assert b"secret" not in text
    assert [str(record.exc_info and record.exc_info[1]) for record in caplog.records] == [
        "secret of the model"
    ]


def test_a_limit_below_the_fast_paths_own_holds() -> None:
    small = ModelService(Sums(), settings.read({"MAX_CONTENT_LENGTH": "8"}))
    assert by_fast_path(small, build_request(b"1,200000"))
    assert by_fast_path(small, build_request(b"1,2000000")) is None
    assert b"413 REQUEST ENTITY TOO LARGE" in by_flask(small, build_request(b"1,2000000"))


def test_answers_that_take_long_are_given_by_threads() -> None:
    fast_path = ModelFastPath(service(Sums()))
    asked = whole(build_request(b"0.2,-1")).plain_head
    assert asked
    quick = [fast_path.latency.inline]
    for bodies in ([b"0.2,-1"], [b"1,2"] * 100):
        assert all(fast_path.respond(asked, body) for body in bodies)
        quick.append(fast_path.latency.inline)
    assert quick == [True, False, True]


class Script:
    """Answers by itself, as a user's script does; no request may reach it twice."""

    limit: int | None = None

    def __init__(self) -> None:
        self.asked = 0

    def invoke(self, *_: object) -> ServiceResponse:
        self.asked += 1
        raise RuntimeError("once")

    def execution_parameters(self) -> ServiceResponse:
        raise NotImplementedError

    def warm_up(self) -> None:
        return


def test_a_script_is_asked_once() -> None:
    script = Script()
    data = whole(build_request(b"1,2"))
    assert responses.try_fast_path(make_handlers(script).fast_path, data, 0.0, close=False) is None
    found = responses.run_application(make_handlers(script), data, ENDS, Config(), close=False)
    assert found.data.startswith(b"HTTP/1.1 500 INTERNAL SERVER ERROR\r\n")
    assert script.asked == 1


class Keeper(Script):
    """Keeps the body of the last request."""

    limit: int | None = LIMIT
    body: object = None

    def invoke(self, *arguments: object) -> ServiceResponse:
        self.body = arguments[2]
        return ServiceResponse(200, "text/csv", b"1\n")


@pytest.mark.parametrize("build", [build_request, build_chunked_request])
def test_a_large_body_reaches_the_service_without_a_copy(build: Callable[[bytes], bytes]) -> None:
    keeper, data = Keeper(), whole(build(b"1,2\n" * (MOST_BYTES // 4 + 1)))
    found = responses.run_application(make_handlers(keeper), data, ENDS, Config(), close=False)
    assert found.data.startswith(b"HTTP/1.1 200 OK\r\n")
    assert keeper.body is data.body
