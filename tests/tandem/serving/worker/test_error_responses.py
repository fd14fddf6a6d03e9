"""Requests that are no HTTP, over sockets: each gets JSON as any other error, and the end."""

from __future__ import annotations

import json
import os
import signal

import pytest
from gunicorn.http import errors

from tandem.serving.worker.error_responses import make_response
from tests.tandem.serving.worker.asking import HEADERS, Client, build_chunked_request, build_request
from tests.tandem.serving.worker.conftest import Server, serving
from tests.tandem.serving.worker.test_worker import both

LIMIT = 1_000_000
FIVE = b"1,234"
REFUSED = {
    "no HTTP": (b"nonsense\r\n\r\n", 400, "invalid request line"),
    "the start of TLS": (b"\x16\x03\x01", 400, "over plain HTTP"),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "invalid request line"),
    "a newer HTTP": (build_request(line="POST /invocations HTTP/9.9"), 505, "Send HTTP/1.1"),
    "no method": (build_request(line="brew / HTTP/1.1"), 400, "invalid method"),
    "a long line": (build_request(line=f"GET /{'a' * 5000} HTTP/1.1"), 414, "Send a shorter path"),
    "a long header": (build_request(headers=["Host: x", f"A: {'a' * 9000}"]), 431, "Send fewer"),
    "many headers": (build_request(headers=["Host: x", *["A: b"] * 101]), 431, "Send fewer"),
    "an endless head": (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 12_000, 431, "Send fewer"),
    "no Host": (build_request(FIVE, ["Content-Type: text/csv"]), 400, "missing Host header"),
    "two Hosts": (
        build_request(FIVE, ["Host: a", "Host: b"]),
        400,
        "'Host': request head. Send it once",
    ),
    "a null": (build_request(FIVE, ["Host: x", "A: a\0b"]), 400, "invalid header 'A'"),
    "a null in a name": (build_request(FIVE, ["Host: x", "A\0: b"]), 400, "invalid header"),
    "no colon": (build_request(FIVE, ["Host: x", "nonsense"]), 400, "invalid header"),
    "a folded header": (build_request(FIVE, ["Host: x", "A: b", " c"]), 400, "invalid header"),
    "another Expect": (build_request(FIVE, [*HEADERS, "Expect: 200-ok"]), 417, "Send 100-continue"),
    "a damaged chunk": (build_chunked_request(end=b"x\r\n"), 400, "invalid chunked body"),
    "a packed body": (
        build_request(headers=[*HEADERS, "Transfer-Encoding: gzip, chunked"], length=-1),
        501,
        "Send chunked alone",
    ),
    "another coding": (
        build_request(headers=[*HEADERS, "Transfer-Encoding: zip"], length=-1),
        501,
        "unsupported Transfer-Encoding",
    ),
    "chunks twice": (
        build_request(headers=[*HEADERS, "Transfer-Encoding: chunked, chunked"], length=-1),
        400,
        "invalid header 'Transfer-Encoding'",
    ),
    "chunks and a length": (
        build_request(FIVE, [*HEADERS, "Transfer-Encoding: chunked"]),
        400,
        "'Content-Length': request head. Send one number of bytes, and no Transfer-Encoding",
    ),
} | {
    f"Content-Length: {text}": (
        build_request(headers=[*HEADERS, f"Content-Length: {text}"], length=-1) + FIVE,
        400,
        "invalid header 'Content-Length': request head. Send one number of bytes",
    )
    for text in ("abc", "-5", "+5", "1,1", "5\r\nContent-Length: 5", "\xb2", "0x5", "", "9" * 5000)
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_http_is_refused_as_json_and_the_connection_ends(
    server: Server, case: str
) -> None:
    data, status, words = REFUSED[case]
    client = Client(server.port)
    found = client.send_and_read(data)
    problem = json.loads(found.body)
    assert (found.status, words in problem["message"]) == (status, True), problem
    assert problem.keys() == {"code", "message"}
    assert found.headers["content-type"] == "application/json"
    assert found.headers["connection"] == "close"
    assert client.is_ended()
    assert Client(server.port).send_and_read(build_request(b"1,2")).body == b"3.0\n"


def test_what_follows_a_refused_request_is_taken_for_no_other(server: Server) -> None:
    hidden = build_request(b"1,2")
    data = build_request(b"0\r\n\r\n", [*HEADERS, "Transfer-Encoding: chunked"]) + hidden
    client = Client(server.port)
    assert client.send_and_read(data).status == 400
    assert client.is_ended()


def test_an_old_client_needs_no_host(server: Server) -> None:
    data = build_request(b"1,2", ["Content-Type: text/csv"], line="POST /invocations HTTP/1.0")
    assert Client(server.port).send_and_read(data).body == b"3.0\n"


@pytest.mark.parametrize(
    "sizes",
    [b"f4244\r\n", b"FFFFFFFFFFFFFFF\r\n", b"1\r\n1\r\nf4243;a=b\r\n"],
)
def test_a_chunk_over_the_limit_is_refused_before_it_is_sent(server: Server, sizes: bytes) -> None:
    client = Client(server.port)
    found = client.send_and_read(build_chunked_request(end=b"") + sizes)
    assert (found.status, found.headers["connection"]) == (413, "close")
    problem = json.loads(found.body)
    assert (problem["code"], "over the limit of 1,000,000 bytes" in problem["message"]) == (
        "PayloadTooLarge",
        True,
    )
    assert client.is_ended()


def test_a_body_of_chunks_as_long_as_the_limit_is_read(server: Server) -> None:
    row = b"1," + b"2".rjust(LIMIT - 2, b"0")
    for pieces in ([row], [row[:700_000], row[700_000:]]):
        assert Client(server.port).send_and_read(build_chunked_request(*pieces)).body == b"3.0\n"


def test_a_failure_of_ours_is_no_mistake_of_the_client() -> None:
    header = errors.InvalidResponseHeader("A")  # type: ignore[attr-defined]
    for error in (header, RuntimeError("secret"), ValueError("secret")):
        answer = make_response(error)
        assert (answer.status, json.loads(answer.body)) == (
            500,
            {"code": "InternalServerError", "message": "the server failed"},
        )
    for error in (errors.InvalidHeader("A"), errors.InvalidSchemeHeaders()):
        assert make_response(error).status == 400


def test_five_hundred_clients_may_come_at_once() -> None:
    """The workers are held up, so that all connect before the first is accepted."""
    with serving(2) as server:
        workers = both(server)
        for worker in workers:
            os.kill(worker, signal.SIGSTOP)
        clients = [Client(server.port, 120) for _ in range(500)]
        for number, client in enumerate(clients):
            client.send(build_request(b"100,%d" % number))
        for worker in workers:
            os.kill(worker, signal.SIGCONT)
        answers = [client.read_response() for client in clients]
    assert [answer.body for answer in answers] == [b"%d.0\n" % (100 + n) for n in range(500)]
