"""Who may call a port of this machine: each header at each door, over a plain socket."""

from __future__ import annotations

import http.client
import io
import json
import socket
import struct
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import boto3  # type: ignore[import-untyped]
import pytest
import urllib3
from botocore import UNSIGNED  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]
from werkzeug.exceptions import HTTPException
from werkzeug.test import create_environ, run_wsgi_app
from werkzeug.wrappers import Response
from werkzeug.wsgi import ClosingIterator

from local_test.endpoints import Endpoint, Stage, reserve_port, serve_endpoint
from local_test.engines import Engine
from local_test.errors import UserError
from local_test.http_guard import AllowedHosts, GuardMiddleware, Refusal
from local_test.http_guard.refusals import Environ
from tests.clients.account import REGION, Account
from tests.local_test.conftest import Log, ModelMaker

SIGNED = (
    f"Authorization: AWS4-HMAC-SHA256 Credential=any/20260101/{REGION}/sagemaker/aws4_request, "
    "SignedHeaders=host, Signature=00"
)
JOBS = "X-Amz-Target: SageMaker.ListTrainingJobs"
JSON = "Content-Type: application/x-amz-json-1.1"


def send(url: str, first: str, *headers: str, body: bytes = b"") -> tuple[int, str, dict[str, str]]:
    """Send exactly these lines and give status, body and headers; `Host` is the port's own."""
    port = urlsplit(url).port
    lines = [f"{first} HTTP/1.1", *headers]
    if not any(line.lower().startswith("host") for line in headers):
        lines.append(f"Host: 127.0.0.1:{port}")
    with socket.create_connection(("127.0.0.1", port or 0), 30) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        text = answer.read().decode()
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""  # closed: nothing that follows is taken for a request
        return answer.status, text, {name.lower(): value for name, value in answer.getheaders()}


@pytest.fixture
def front(process_engine: Engine, make_model: ModelMaker, log: Log) -> Iterator[str]:
    with (
        Endpoint([Stage("standin", make_model(tag="d"))], process_engine, logs=log) as endpoint,
        serve_endpoint(endpoint, 0, ["tandem.example"]) as front,
    ):
        yield front.url


REFUSED = [
    (("Host:",), 400, "missing Host"),
    (("Host: evil.example:{port}",), 403, "--allow-host"),
    (("Host: 127.0.0.1:1",), 403, "foreign host '127.0.0.1:1'"),
    (("Host: 127.0.0.1",), 403, "foreign host"),
    (("Host: 127.0.0.1:{port}", "Host: evil.example"), 403, "foreign host"),
    (("Host: localhost.evil.example:{port}",), 403, "foreign host"),
    (("Origin: null",), 403, "foreign web page 'null'"),
    (("Origin: http://evil.example",), 403, "--allow-host"),
    (("Origin: http://127.0.0.1:1",), 403, "foreign web page"),
    (("Origin: http://evil.localhost",), 403, "foreign web page"),
    (("Sec-Fetch-Site: cross-site",), 403, "Sec-Fetch-Site"),
    (("Sec-Fetch-Site: same-site",), 403, "another web page (same-site)"),
    (("Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate"), 403, "Sec-Fetch-Site"),
    (("Sec-Fetch-Site: same-site", "Sec-Fetch-Dest: document"), 403, "Sec-Fetch-Site"),
    (
        ("Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"),
        403,
        "Sec-Fetch-Site",
    ),
    (("Upgrade: websocket", "Connection: Upgrade"), 403, "WebSocket"),
    (("Content-Length: abc",), 400, "invalid Content-Length 'abc'"),
    (("Content-Length: -5",), 400, "invalid Content-Length '-5'"),
    (("Content-Length: +5",), 400, "invalid Content-Length"),
    (("Content-Length: 1", "Content-Length: 2"), 400, "invalid Content-Length '1, 2'"),
    (("Content-Length: 5", "Transfer-Encoding: chunked"), 400, "both Content-Length and"),
    (("Transfer-Encoding: gzip, chunked",), 501, "unsupported Transfer-Encoding"),
    (("Transfer-Encoding: chunked",), 400, "invalid chunked body"),
]


@pytest.mark.parametrize(("headers", "status", "sentence"), REFUSED)
def test_the_api_refuses(
    account: Account, headers: tuple[str, ...], status: int, sentence: str
) -> None:
    port = str(urlsplit(account.url).port)
    lines = [line.replace("{port}", port) for line in headers]
    answer = send(account.url, "POST /", SIGNED, JOBS, JSON, *lines, body=b"zz\r\n{}")
    assert (answer[0], sentence in json.loads(answer[1])["message"]) == (status, True), answer


def test_an_endpoint_refuses_the_same(front: str) -> None:
    port = str(urlsplit(front).port)
    for headers, status, sentence in REFUSED:
        lines = [line.replace("{port}", port) for line in headers]
        answer = send(front, "POST /invocations", *lines, body=b"zz\r\n1")
        assert (answer[0], sentence in json.loads(answer[1])["Message"]) == (status, True), answer


@pytest.mark.parametrize(
    "framing", ["Content-Length: abc", "Content-Length: 5\r\nTransfer-Encoding: chunked", "Host:"]
)
def test_what_follows_a_body_without_a_clear_end_is_no_request(
    front: str, account: Account, framing: str
) -> None:
    for place in (front, account.url):
        port = urlsplit(place).port or 0
        host = "" if framing == "Host:" else f"Host: 127.0.0.1:{port}\r\n"
        # More than the server reads with the head, so that it would wait for the end of the rest.
        hidden = f"GET /ping HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"
        with socket.create_connection(("127.0.0.1", port), 30) as connection:
            connection.sendall(f"POST / HTTP/1.1\r\n{host}{framing}\r\n\r\n{400 * hidden}".encode())
            received = b"".join(iter(lambda: connection.recv(65536), b""))
        assert (received.count(b"HTTP/1.1 "), received[9:12]) == (1, b"400")


UNREADABLE = [
    (b"nonsense\r\n\r\n", 400, "Bad request syntax"),
    (b"GET / HTTP/9.9\r\n\r\n", 505, "Invalid HTTP version"),
    (b"GET /" + b"a" * 70_000, 414, "Send a valid HTTP/1.1 request"),
    (b"GET / HTTP/1.1\r\nA: " + b"a" * 70_000, 431, "Line too long"),
    (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 101 + b"\r\n", 431, "Too many headers"),
    (b"GET http://[ HTTP/1.1\r\n\r\n", 400, "invalid path"),
    (b"GET / HTTP/1.1\r\nA: b\0c\r\n\r\n", 400, "null character in a header"),
]


@pytest.mark.parametrize(("data", "status", "words"), UNREADABLE)
def test_a_head_that_cannot_be_read_is_refused_as_other_requests_are(
    front: str, account: Account, data: bytes, status: int, words: str
) -> None:
    for place, name in ((front, "Message"), (account.url, "message")):
        with socket.create_connection(("127.0.0.1", urlsplit(place).port or 0), 30) as connection:
            connection.sendall(data)
            answer = http.client.HTTPResponse(connection)
            answer.begin()
            problem = json.loads(answer.read())
            assert connection.recv(1) == b""
        assert (answer.status, words in problem[name]) == (status, True), problem
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Connection"] == "close"


def test_an_endpoint_answers_its_own_names_and_those_the_user_allows(front: str) -> None:
    port = urlsplit(front).port
    for name in (f"localhost:{port}", f"[::1]:{port}", "tandem.example", f"TANDEM.example:{port}"):
        page = (f"Origin: http://{name}", "Sec-Fetch-Site: cross-site")
        lines = (f"Host: {name}", *page, "Content-Length: 1")
        status, body, headers = send(front, "POST /invocations", *lines, body=b"1")
        assert (status, body) == (200, "d(1)\n")
        assert headers["x-content-type-options"] == "nosniff"
    assert send(
        front, "POST /invocations", "Transfer-Encoding: chunked", body=b"1\r\n1\r\n0\r\n\r\n"
    )[:2] == (200, "d(1)\n")
    assert send(front, "POST /invocations", "Host: other.example", body=b"")[0] == 403


def test_signed_requests_pass_under_the_names_that_clients_use(account: Account) -> None:
    port = urlsplit(account.url).port
    for name in (f"127.0.0.1:{port}", f"localhost:{port}", f"a-bucket.s3.localhost:{port}"):
        lines = (SIGNED, JOBS, JSON, f"Host: {name}", "Content-Length: 2")
        status, body, _ = send(account.url, "POST /", *lines, body=b"{}")
        assert (status, "TrainingJobSummaries" in body) == (200, True)


@pytest.mark.parametrize(
    ("first", "headers", "status"),
    [
        ("POST /", (JOBS, JSON), 403),
        ("POST /", ("Content-Type: application/x-www-form-urlencoded",), 403),
        ("PUT /a-bucket", (), 403),
        ("DELETE /a-bucket", ("Authorization: Basic YTpi",), 403),
        ("POST /console/endpoint/x/y", ("Authorization: Basic YTpi",), 403),
        ("POST /a-bucket/key?uploads&X-Amz-Signature=0", (), 403),
        ("GET /sqs_us-east-1/?Action=DeleteQueue", (), 403),
        ("GET /sqs_us-east-1/queue", (), 403),
        ("GET /?Action=ListUsers", (), 403),
        ("GET /", ("X-Amz-Target: AWSCognitoIdentityProviderService.SignUp",), 403),
        ("POST /endpoints/any/invocations", (), 403),
        ("POST /local-sagemaker/interrupt?name=any", (), 403),
        ("POST /moto-api/reset", (SIGNED,), 404),
        ("GET /moto-api/data.json", ("X-Local-Sagemaker: 1",), 404),
        ("GET /moto-api", (), 404),
        ("POST /local-sagemaker/interrupt?name=any", ("X-Local-Sagemaker: 1",), 400),
        ("GET /", (), 200),
        ("GET /console", (), 200),
        ("OPTIONS /", (), 204),
    ],
)
def test_an_unsigned_request_only_reads(
    account: Account, first: str, headers: tuple[str, ...], status: int
) -> None:
    answer = send(account.url, first, *headers, "Content-Length: 0")
    assert answer[0] == status, answer
    if status == 403:
        assert "unsigned request" in json.loads(answer[1])["message"]


def test_a_link_from_elsewhere_opens_the_console_and_no_frame_shows_it(account: Account) -> None:
    site = ("Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate")
    status, _, headers = send(account.url, "GET /console", *site, "Sec-Fetch-Dest: document")
    assert status == 200
    assert headers["x-frame-options"] == "DENY"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-content-type-options"] == "nosniff"
    assert send(account.url, "GET /console", *site, "Sec-Fetch-Dest: iframe")[0] == 403
    assert send(account.url, "GET /console", site[0], "Sec-Fetch-Dest: document")[0] == 403


def test_a_page_among_the_objects_is_shown_without_scripts_or_rights(account: Account) -> None:
    account.bucket("pages", **{"a.html": "<script>1</script>"})
    given = {"Bucket": "pages", "Key": "a.html"}
    page = account.s3.generate_presigned_url("get_object", Params=given)
    path = page.removeprefix(account.url)
    answers = [
        send(account.url, f"GET {path}"),
        send(account.url, f"OPTIONS {path}", f"Origin: {account.url}"),
        send(account.url, f"GET {path}", f"Origin: {account.url}"),
    ]
    assert [answer[0] for answer in answers] == [200, 204, 200]
    for _, _, headers in answers:
        assert headers["content-security-policy"].startswith("sandbox")
        assert [name for name in headers if name.startswith("access-control-")] == []


def test_presigned_urls_and_public_reads_of_s3_work(account: Account) -> None:
    account.bucket("signed")
    place = {"Bucket": "signed", "Key": "a b"}
    with urllib3.PoolManager(retries=False) as pool:
        for version in ("s3v4", "s3"):
            s3 = boto3.client(
                "s3",
                region_name=REGION,
                endpoint_url=account.url,
                aws_access_key_id="any",
                aws_secret_access_key="any",  # noqa: S106
                config=Config(signature_version=version),
            )
            put = s3.generate_presigned_url("put_object", Params=place)
            assert pool.request("PUT", put, body=version.encode()).status == 200
            assert pool.request("GET", s3.generate_presigned_url("get_object", place)).data == (
                version.encode()
            )
    account.s3.put_object_acl(**place, ACL="public-read")
    anyone = Config(signature_version=UNSIGNED)
    public = boto3.client("s3", region_name=REGION, endpoint_url=account.url, config=anyone)
    assert public.get_object(**place)["Body"].read() == b"s3"


def test_a_console_form_without_its_token_is_refused(account: Account) -> None:
    body = b"body=1&token=guess"
    form = ("Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}")
    page = f"POST /console/endpoint/{REGION}/nobody"
    status, text, _ = send(account.url, page, *form, body=body)
    assert (status, "Reload the page" in text) == (403, True)


@pytest.mark.parametrize(
    "target", ["SageMaker.ListTrainingJobs", "Logs_20140328.DescribeLogGroups"]
)
def test_json_that_cannot_be_read_is_refused(account: Account, target: str) -> None:
    service = "logs" if target.startswith("Logs") else "sagemaker"
    signed = SIGNED.replace("/sagemaker/", f"/{service}/")
    for body, sentence in ((b"[" * 200_000, "nested too deeply"), (b"{1}", "not JSON")):
        lines = (signed, f"X-Amz-Target: {target}", JSON, f"Content-Length: {len(body)}")
        status, text, _ = send(account.url, "POST /", *lines, body=body)
        answer = json.loads(text)
        assert (status, answer["__type"]) == (400, "SerializationException")
        assert sentence in answer["message"]


def test_a_json_body_has_a_limit_and_an_object_has_none(account: Account) -> None:
    large = "Content-Length: 200000000"
    status, text, _ = send(account.url, "POST /", SIGNED, JOBS, JSON, large)
    assert (status, "more than 4,194,304 bytes" in text) == (413, True)
    logs = SIGNED.replace("/sagemaker/", "/logs/")
    status, text, _ = send(account.url, "POST /", logs, "X-Amz-Target: Logs_20140328.X", large)
    assert (status, "more than 67,108,864 bytes" in text) == (413, True)
    chunks = b"100000\r\n" + bytes(1 << 20) + b"\r\n"
    chunked = (SIGNED, JOBS, JSON, "Transfer-Encoding: chunked")
    status, text, _ = send(account.url, "POST /", *chunked, body=5 * chunks + b"0\r\n\r\n")
    assert (status, "more than 4,194,304 bytes" in text) == (413, True)
    account.bucket("large")
    account.s3.put_object(Bucket="large", Key="5", Body=bytes(5 << 20))
    assert account.s3.head_object(Bucket="large", Key="5")["ContentLength"] == 5 << 20


def test_five_hundred_clients_may_knock_at_once(
    process_engine: Engine, make_model: ModelMaker, log: Log
) -> None:
    with (
        Endpoint([Stage("standin", make_model())], process_engine, logs=log) as endpoint,
        closing(reserve_port(0)) as port,
        closing(port.dup()) as same,
        serve_endpoint(endpoint, port),
    ):
        info = same.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
        [backlog] = struct.unpack_from("I", info, 28)  # tcpi_sacked, of a listening socket
    assert backlog >= 500


class Careless:
    """An application that answers 200 whatever becomes of the body, and counts what is closed."""

    def __init__(self) -> None:
        self.closed = 0

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        with suppress(HTTPException):
            environ["wsgi.input"].read()
        with suppress(HTTPException):
            environ["wsgi.input"].read()
        start_response(
            "200 OK", [("Access-Control-Allow-Origin", "*"), ("X-Frame-Options", "DENY")]
        )
        return ClosingIterator([b"done"], [self._close])

    def _close(self) -> None:
        self.closed += 1


class Damaged(io.RawIOBase):
    """A chunked body whose end is missing, as Werkzeug's stream has it."""

    def readable(self) -> bool:
        return True

    def readinto(self, _: Any) -> int:
        raise ValueError("no end")


@pytest.mark.parametrize(
    ("body", "limit", "status", "words"),
    [
        (Damaged(), 10, 400, "invalid chunked body"),
        (io.BytesIO(b"x" * 11), 10, 413, "more than 10 bytes"),
        (io.BytesIO(b"x" * 10), 10, 200, "done"),
        (io.BytesIO(b"x" * 99), None, 200, "done"),
    ],
)
def test_what_is_wrong_with_a_body_is_said_whatever_the_application_makes_of_it(
    body: io.IOBase, limit: int | None, status: int, words: str
) -> None:
    app, seen = Careless(), list[Refusal]()
    door = GuardMiddleware(app, AllowedHosts(80), partial(_written, seen), limit=lambda _: limit)
    environ = create_environ("/", "http://localhost", method="POST")
    environ |= {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": body}
    answer, code, headers = run_wsgi_app(door, environ)
    assert (code.split()[0], words in b"".join(answer).decode()) == (str(status), True)
    answer.close()  # type: ignore[attr-defined]
    assert app.closed == 1
    assert len(seen) == (status != 200)
    assert "Access-Control-Allow-Origin" not in headers
    assert (headers["X-Content-Type-Options"], headers["Cross-Origin-Resource-Policy"]) == (
        "nosniff",
        "same-origin",
    )


def _written(seen: list[Refusal], refusal: Refusal) -> Response:
    seen.append(refusal)
    return Response(refusal.message, refusal.status)


@pytest.mark.parametrize("text", ["http://a", "a b", "*", "a:b", "", "a/b"])
def test_a_host_that_is_no_host_is_refused(text: str) -> None:
    with pytest.raises(UserError, match=r"invalid host .*: --allow-host; write NAME or NAME:PORT"):
        AllowedHosts(8765, [text])


def test_a_named_host_is_allowed_with_the_port_it_was_named_with() -> None:
    hosts = AllowedHosts(8765, ["a.example", "B.example:9000"])
    allowed = ("a.example", "a.example:8765", "b.example:9000", "a-bucket.localhost:8765")
    refused = (
        *("a.example:9000", "b.example", "b.example:8765", "x.a.example", "localhost", ""),
        *("a-bucket.localhost:1", "evillocalhost:8765"),
    )
    assert [name for name in (*allowed, *refused) if hosts.allows(name)] == list(allowed)
    assert AllowedHosts(80).allows("localhost")
    assert hosts.allows_origin("https://a.example")
    assert not hosts.allows_origin("file://a.example")
