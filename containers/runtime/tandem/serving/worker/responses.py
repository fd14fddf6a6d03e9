"""What is written back: the lane's answer, or what Flask makes of the request."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from gunicorn import util
from gunicorn.config import Config
from werkzeug.http import HTTP_STATUS_CODES

from tandem.serving.fast_path import Lane
from tandem.serving.model_service import Answer, problem
from tandem.serving.worker import wsgi
from tandem.serving.worker.request_buffer import Whole
from tandem.serving.worker.wsgi import Address, Incoming

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


class Door(NamedTuple):
    """What the worker asks; `limit` is the largest body in bytes."""

    app: WSGIApplication
    lane: Lane
    limit: int | None


class Reply(NamedTuple):
    """The bytes of an answer, and whether the connection ends with it."""

    data: bytes
    last: bool


@lru_cache(maxsize=2)
def _start(second: int, last: bool) -> str:
    kept = "close" if last else "keep-alive"
    date = util.http_date(second)
    return f"HTTP/1.1 200 OK\r\nServer: gunicorn\r\nDate: {date}\r\nConnection: {kept}\r\n"


def hot(lane: Lane, whole: Whole, now: float, *, last: bool) -> Reply | None:
    """Ask the lane; `now` is the time of day in seconds."""
    if whole.plain is None or whole.refused:
        return None
    answer = lane.answer(whole.plain, whole.body)
    return None if answer is None else Reply(_written(answer, _start(int(now), last)), last)


def cold(
    door: Door, whole: Whole, ends: tuple[Address, Address], config: Config, *, last: bool
) -> Reply:
    """Ask Flask. Raises what gunicorn's parser raises."""
    incoming = whole.incoming or wsgi.read_head(whole.head, ends[0], config)
    incoming.body = whole.body
    return Reply(*wsgi.answer(door.app, incoming, ends, last=last or whole.refused))


def late() -> Reply:
    """Return the answer to a request that did not come in time."""
    sentence = "the request has not come whole in time. Send it again"
    return refused(problem(408, "RequestTimeout", sentence))


def refused(answer: Answer) -> Reply:
    """Return an answer after which the connection ends."""
    line = f"HTTP/1.1 {answer.status} {HTTP_STATUS_CODES[answer.status]}"
    start = f"{line}\r\nServer: gunicorn\r\nConnection: close\r\n"
    return Reply(_written(answer, start), last=True)


def _written(answer: Answer, start: str) -> bytes:
    own = "".join([f"{name}: {value}\r\n" for name, value in answer.headers.items()])
    body = answer.body
    form = f"Content-Type: {answer.content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    return f"{start}{own}{form}".encode("latin-1") + body


__all__ = ["Door", "Incoming", "Reply", "cold", "hot", "late", "refused"]
