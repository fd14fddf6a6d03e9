"""Signed JSON over kept connections, and credentials that are renewed before they expire."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tandem.aws.credentials import CredentialCache
from tandem.aws.signed_client import RequestFailedError, ServiceAddress, SignedClient

KEYS = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret"}
given: list[timedelta] = []


class Service(BaseHTTPRequestHandler):
    """Answers with its request and the port of the client; closes the connection at /close."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_: object) -> None:
        pass

    def reply(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        expires = datetime.now(UTC) + given.pop(0)
        keys = {"AccessKeyId": str(len(given)), "SecretAccessKey": "s", "Token": "t"}
        self.reply(200, json.dumps(keys | {"Expiration": expires.isoformat()}).encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/slow":
            for _ in range(20):
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"[:1])
                time.sleep(0.05)
        signed = "/eu-west-1/sagemaker/aws4_request" in self.headers["Authorization"]
        answer = {"port": self.client_address[1], "signed": signed, "got": json.loads(body)}
        self.close_connection = self.path == "/close"  # the client is not told
        if self.path == "/refuse":
            self.reply(400, b'{"message": "no such group"}')
        else:
            self.reply(200, b"[1]" if self.path == "/list" else json.dumps(answer).encode())


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def client(url: str) -> SignedClient:
    return SignedClient(ServiceAddress(url, "eu-west-1", "sagemaker"), KEYS)


def test_a_connection_is_kept_and_replaced_when_it_was_closed(client: SignedClient) -> None:
    first, second = (client.post("/", {"n": n}, 20) for n in range(2))
    assert first == {"port": second["port"], "signed": True, "got": {"n": 0}}
    last = client.post("/close", {}, 20)
    assert last["port"] == first["port"]
    assert client.post("/", {}, 20)["port"] != first["port"]


def test_refusals_and_other_answers_are_told(client: SignedClient) -> None:
    with pytest.raises(RequestFailedError, match=r"^status 400: no such group$"):
        client.post("/refuse", {}, 20)
    with pytest.raises(RequestFailedError, match="no JSON object"):
        client.post("/list", {}, 20)
    with pytest.raises(RequestFailedError, match=r"^no answer within 60 ms$"):
        client.post("/slow", {}, 0.06)


def test_credentials_are_read_again_before_they_expire(url: str) -> None:
    given[:] = [timedelta(minutes=4), timedelta(hours=1)]
    cache = CredentialCache({"AWS_CONTAINER_CREDENTIALS_FULL_URI": url})
    assert [cache.read().key for _ in range(3)] == ["1", "0", "0"]
