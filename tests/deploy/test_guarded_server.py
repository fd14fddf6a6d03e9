"""Who may call the local gateway and the page of an example: each header over a plain socket."""

from __future__ import annotations

import http.client
import json
import socket
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.api import local
from deploy.api.errors import ApiError
from deploy.api.guarded_server import parse_origin
from deploy.api.local import Gateway
from examples.imdb import web
from tests.deploy import runtime
from tests.deploy.runtime import Runtime

PAGE_ELSEWHERE = "http://localhost:5173"
RECORD = {"Size": 120.5, "Slope": 0.25, "Zone": "RL", "LotFrontage": None}
TYPE = "Content-Type: application/json"
Answer = tuple[int, dict[str, str], str]


def send(port: int, first: str, *headers: str, body: bytes = b"") -> Answer:
    """Send exactly these lines; `Host` is the port's own. Gives status, headers and body."""
    lines = [f"{first} HTTP/1.1", *headers]
    if not any(line.startswith("Host") for line in headers):
        lines.append(f"Host: 127.0.0.1:{port}")
    with socket.create_connection(("127.0.0.1", port), 30) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        answer = http.client.HTTPResponse(connection, method=first.split(maxsplit=1)[0])
        answer.begin()
        text = answer.read().decode()
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""  # nothing that follows is taken for a request
        found = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, found, text


def predict(port: int, *headers: str) -> Answer:
    body = json.dumps(RECORD).encode()
    return send(
        port, "POST /predictions", TYPE, f"Content-Length: {len(body)}", *headers, body=body
    )


@pytest.fixture
def model(recipe: Path, tmp_path: Path) -> Path:
    """An artifact that holds no more than the gateway reads."""
    with tarfile.open(tmp_path / "model.tar.gz", "w:gz") as archive:
        archive.add(recipe, "recipe.json")
    return tmp_path / "model.tar.gz"


@pytest.fixture
def gateway(server: Runtime, model: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    server.turns, server.seen = [runtime.Turn()], []
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "any")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "any")
    with local.serve_api("houses", model, origins=(PAGE_ELSEWHERE,)) as gateway:
        yield gateway


@pytest.fixture
def page(server: Runtime) -> Iterator[int]:
    """The port of the example's page, before the same runtime."""
    server.turns, server.seen = [runtime.Turn()], []
    with web.serve_page(server.url) as address:
        yield int(address.rstrip("/").rpartition(":")[2])


REFUSED = [
    (("Host:",), 400, "no Host header"),
    (("Host: 127.0.0.1:{port}", "Host: evil.example"), 400, "or several"),
    (("Host: evil.example:{port}",), 403, "foreign host 'evil.example:"),
    (("Host: 127.0.0.1",), 403, "foreign host"),
    (("Host: localhost:1",), 403, "foreign host"),
    (("Origin: null",), 403, "foreign web page 'null'"),
    (("Origin: http://evil.example",), 403, "foreign web page"),
    (("Origin: http://127.0.0.1:1",), 403, "foreign web page"),
    (("Origin: http://127.0.0.1:{port}", "Origin: http://evil.example"), 403, "foreign web page"),
    (("Sec-Fetch-Site: cross-site",), 403, "another web page (cross-site)"),
    (("Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: navigate"), 403, "another web page"),
    (("Sec-Fetch-Site: same-site", "Sec-Fetch-Dest: document"), 403, "another web page"),
    (("Upgrade: websocket", "Connection: Upgrade"), 403, "WebSocket"),
    (("Content-Length: abc",), 400, "invalid Content-Length 'abc'"),
    (("Content-Length: -5",), 400, "invalid Content-Length '-5'"),
    (("Content-Length: +5",), 400, "invalid Content-Length '+5'"),
    (("Content-Length: 1,1",), 400, "invalid Content-Length '1,1'"),
    (("Content-Length: 1", "Content-Length: 1"), 400, "invalid Content-Length '1, 1'"),
    (("Content-Length: 99999999999",), 413, "request body too large"),
    (("Content-Length: 1", "Transfer-Encoding: chunked"), 400, "unsupported Transfer-Encoding"),
    (("Transfer-Encoding: chunked",), 411, "unsupported Transfer-Encoding"),
]


@pytest.mark.parametrize("first", ["POST /predictions", "GET /schema", "OPTIONS /predictions"])
def test_the_gateway_refuses_before_it_answers(
    gateway: Gateway, server: Runtime, first: str
) -> None:
    port = gateway.server_port
    for headers, status, words in REFUSED:
        lines = [line.replace("{port}", str(port)) for line in headers]
        found, names, text = send(port, first, TYPE, *lines, body=b"1\r\n1\r\n0\r\n\r\n")
        problem = json.loads(text)
        assert (found, words in problem["detail"]) == (status, True), (headers, problem)
        assert (problem["status"], names["connection"]) == (status, "close")
        assert names["content-type"] == "application/problem+json"
        assert "access-control-allow-origin" not in names
    assert server.seen == []


def test_the_page_of_an_example_refuses_the_same(page: int, server: Runtime) -> None:
    for headers, status, words in REFUSED:
        lines = [line.replace("{port}", str(page)) for line in headers]
        found, _, text = send(page, "POST /review", *lines, body=b"1\r\n1\r\n0\r\n\r\n")
        assert (found, words in json.loads(text)["error"]) == (status, True), headers
    assert server.seen == []


def test_the_page_of_an_example_asks_in_its_own_origin(page: int, server: Runtime) -> None:
    server.turns = [runtime.Turn(status=503)]
    own = f"Origin: http://localhost:{page}"
    status, _, text = send(
        page, "POST /review", f"Host: localhost:{page}", own, "Content-Length: 2", body=b"{}"
    )
    assert (status, list(json.loads(text))) == (502, ["error"])
    assert [body for _, _, body in server.seen] == [b"{}"]
    status, headers, text = send(page, "GET /")
    assert (status, "Was it kind?" in text) == (200, True)
    assert headers["x-frame-options"] == "DENY"
    assert send(page, "GET /elsewhere")[0] == 404


def test_programs_and_the_page_itself_are_answered(gateway: Gateway) -> None:
    port = gateway.server_port
    for name in (f"127.0.0.1:{port}", f"LOCALHOST:{port}"):
        host, origin = f"Host: {name}", f"Origin: http://{name.lower()}"
        for headers in ((host,), (host, origin), (host, origin, "Sec-Fetch-Site: same-origin")):
            status, names, text = predict(port, *headers)
            assert (status, text) == (200, runtime.PREDICTIONS)
            assert "access-control-allow-origin" not in names
    link = ("Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document")
    status, names, text = send(port, "GET /", *link)
    assert (status, "Ask the model" in text) == (200, True)
    assert names["content-security-policy"] == "frame-ancestors 'none'"
    assert send(port, "POST /", *link, "Content-Length: 0")[0] == 403
    assert send(port, "DELETE /predictions")[0] == 405
    assert send(port, "HEAD /")[::2] == (200, "")


def test_pages_of_an_origin_that_the_user_names_may_call(gateway: Gateway) -> None:
    port = gateway.server_port
    origin = (f"Origin: {PAGE_ELSEWHERE}", "Sec-Fetch-Site: same-site")
    asking = ("Access-Control-Request-Method: POST", "Access-Control-Request-Headers: content-type")
    status, names, _ = send(port, "OPTIONS /predictions", *origin, *asking)
    assert (status, names["access-control-allow-origin"]) == (204, PAGE_ELSEWHERE)
    status, names, _ = predict(port, *origin)
    assert (status, names["access-control-allow-origin"]) == (200, PAGE_ELSEWHERE)


def test_an_origin_that_is_none_is_refused(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert parse_origin("HTTPS://a.example/") == "https://a.example"
    for text in ("*", "null", "a.example", "http://a b", "file:///x", "http://a/b"):
        with pytest.raises(ApiError, match=r"invalid origin .*: --allow-origin\. Write http"):
            parse_origin(text)
    words = [str(model), "--endpoint", "houses", "--port", "0", "--allow-origin", "*"]
    assert local.main(words) == 1
    assert capsys.readouterr().err == (
        "invalid origin '*': --allow-origin. Write http://NAME:PORT\n"
    )


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/9.9\r\n\r\n", 505),
        (b"BREW /predictions HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n", 501),
        (b"GET /" + b"a" * 70_000, 414),
        (b"GET / HTTP/1.1\r\nA: " + b"a" * 70_000, 431),
    ],
)
def test_a_head_that_cannot_be_read_is_refused_as_json(
    gateway: Gateway, data: bytes, status: int
) -> None:
    port = gateway.server_port
    with socket.create_connection(("127.0.0.1", port), 30) as connection:
        connection.sendall(data.replace(b"{port}", str(port).encode()))
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        problem = json.loads(answer.read())
    assert (answer.status, problem["status"]) == (status, status)
    assert answer.getheader("Content-Type") == "application/problem+json"


def test_the_answer_to_a_body_over_the_limit_arrives(gateway: Gateway, server: Runtime) -> None:
    body = bytes(11 << 20)
    length = f"Content-Length: {len(body)}"
    status, _, text = send(gateway.server_port, "POST /predictions", TYPE, length, body=body)
    assert (status, "more than 10,485,760 bytes" in text) == (413, True)
    assert server.seen == []


def test_a_client_that_goes_leaves_no_trace(
    gateway: Gateway, server: Runtime, capfd: pytest.CaptureFixture[str]
) -> None:
    body = json.dumps(RECORD)
    with socket.create_connection(("127.0.0.1", gateway.server_port), 30) as connection:
        head = f"POST /predictions HTTP/1.1\r\nHost: 127.0.0.1:{gateway.server_port}\r\n{TYPE}\r\n"
        connection.sendall(f"{head}Content-Length: {len(body) + 1}\r\n\r\n{body}".encode())
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""
    assert predict(gateway.server_port)[0] == 200
    assert len(server.seen) == 1  # a body that is not whole is not passed on
    assert "Traceback" not in capfd.readouterr().err
