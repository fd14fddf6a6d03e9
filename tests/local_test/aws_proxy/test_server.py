"""The proxy: what reaches the service, what is refused, and what passes to the network."""

from __future__ import annotations

import base64
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import urllib3

from local_test.aws_proxy import Destinations, UpstreamProxy, open_authority, serve_proxy
from local_test.aws_proxy.certificate_authority import CertificateAuthority
from local_test.endpoints import reserve_port
from local_test.errors import UserError

BIG = 8 << 20


class Recorder(BaseHTTPRequestHandler):
    """A server in the service's place that answers with what it got."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def answer(self) -> None:
        chunked = self.headers.get("Transfer-Encoding") == "chunked"
        body = (
            self.read_chunks() if chunked else self.read(int(self.headers["Content-Length"] or 0))
        )
        got = {
            "method": self.command,
            "path": self.path,
            "headers": self.headers.items(),
            "bytes": len(body),
            "chunked": chunked,
        }
        content = json.dumps(got).encode()
        if self.path.endswith("/stream"):
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for start in range(0, len(content), 50):
                part = content[start : start + 50]
                self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part))
            self.wfile.write(b"0\r\n\r\n")
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def read(self, count: int) -> bytes:
        return self.rfile.read(count)

    def read_chunks(self) -> bytes:
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    do_GET = do_HEAD = do_PUT = do_POST = answer  # noqa: N815


class Upstream(Recorder):
    """A proxy of the network: its CONNECT leads to itself."""

    seen: list[str]

    def do_CONNECT(self) -> None:
        credentials = self.headers.get("Proxy-Authorization", "")
        self.server.seen.append(f"{self.path} {credentials}")  # type: ignore[attr-defined]
        if self.path.startswith("blocked"):
            self.send_error(403)
            return
        self.send_response_only(200)
        self.end_headers()


@contextmanager
def serve(handler: type[BaseHTTPRequestHandler]) -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.seen = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class Proxy:
    """A running proxy, its clients, and the sentences it printed."""

    def __init__(
        self, url: str, authority: CertificateAuthority, reports: list[str], port: int
    ) -> None:
        self.url, self.reports, self.service_port = url, reports, port
        self.certificate = authority.certificate.decode()
        self.pool = urllib3.ProxyManager(url, ca_cert_data=self.certificate, retries=False)

    def call(self, method: str, url: str, **more: object) -> dict[str, object]:
        response = self.pool.request(method, url, **more)  # type: ignore[arg-type]
        assert response.status == 200, response.data
        got: dict[str, object] = json.loads(response.data)
        return got

    def send(self, text: str) -> str:
        """Send bytes as they are, and give the first line of the answer."""
        host, port = self.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), 10) as connection:
            connection.sendall(text.replace("\n", "\r\n").encode())
            return connection.makefile("rb").readline().decode().strip()


@contextmanager
def run_proxy(folder: Path, *, network: bool = False, upstream: str = "") -> Iterator[Proxy]:
    with ExitStack() as stack:
        service = stack.enter_context(serve(Recorder))
        reports: list[str] = []
        destinations = Destinations(
            ("127.0.0.1", service.server_port),
            network,
            UpstreamProxy.parse(upstream) if upstream else None,
            lambda host: host == "bypassed.test",
            reports.append,
        )
        authority = open_authority(folder)
        url = stack.enter_context(serve_proxy(reserve_port(0), destinations, authority))
        proxy = Proxy(url, authority, reports, service.server_port)
        with proxy.pool:
            yield proxy


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    with run_proxy(tmp_path_factory.mktemp("proxy")) as proxy:
        yield proxy


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_request_to_aws_reaches_the_service_as_it_was_sent(proxy: Proxy, scheme: str) -> None:
    signature = "AWS4-HMAC-SHA256 Credential=k/20260101/eu-west-1/sts/aws4_request, Signature=0"
    got = proxy.call(
        "POST",
        f"{scheme}://sts.eu-west-1.amazonaws.com/a%2Fb//c?x=%20&y",
        body=b"Action=GetCallerIdentity",
        headers={"Authorization": signature, "X-Amz-Meta-under_score": "ü"},
    )
    assert (got["method"], got["path"], got["bytes"]) == ("POST", "/a%2Fb//c?x=%20&y", 24)
    headers = dict(got["headers"])  # type: ignore[call-overload]
    assert headers["Authorization"] == signature
    assert headers["X-Amz-Meta-under_score"] == "ü"
    assert headers["Host"] == f"127.0.0.1:{proxy.service_port}"
    assert headers["X-Local-Sagemaker-Host"] == "sts.eu-west-1.amazonaws.com"


def test_the_bucket_of_the_host_name_goes_into_the_path(proxy: Proxy) -> None:
    got = proxy.call("GET", "https://a.b.s3.eu-west-1.amazonaws.com/key?list-type=2")
    assert got["path"] == "/a.b/key?list-type=2"
    assert proxy.call("GET", "https://s3.amazonaws.com/a.b/key")["path"] == "/a.b/key"


def test_bodies_are_streamed_in_both_framings(proxy: Proxy) -> None:
    url = "https://b.s3.amazonaws.com/big"
    got = proxy.call("PUT", url, body=bytes(BIG), headers={"Expect": "100-continue"})
    assert (got["bytes"], got["chunked"]) == (BIG, False)
    got = proxy.call("PUT", url, body=(bytes(1 << 16) for _ in range(BIG >> 16)), chunked=True)
    assert (got["bytes"], got["chunked"]) == (BIG, True)


def test_a_chunked_response_and_one_without_body_arrive(proxy: Proxy) -> None:
    assert proxy.call("GET", "https://b.s3.amazonaws.com/stream")["path"] == "/b/stream"
    response = proxy.pool.request("HEAD", "https://b.s3.amazonaws.com/x")
    assert (response.status, response.data) == (200, b"")
    assert int(response.headers["Content-Length"]) > 0


def test_one_tunnel_takes_many_requests(proxy: Proxy) -> None:
    with urllib3.ProxyManager(proxy.url, ca_cert_data=proxy.certificate, retries=False) as pool:
        for number in range(3):
            pool.request("GET", f"https://sqs.us-east-1.amazonaws.com/{number}")
        [key] = pool.pools.keys()
        connections = pool.pools[key]
    assert connections.num_connections == 1


def test_other_hosts_are_refused_and_printed_once(proxy: Proxy) -> None:
    proxy.reports.clear()
    sentence = "offline: example.test is no AWS host. Allow the network with --allow-network."
    for _ in range(2):
        with pytest.raises(urllib3.exceptions.ProxyError) as refused:
            proxy.pool.request("GET", "https://example.test/")
        assert sentence in str(refused.value.original_error)
    response = proxy.pool.request("GET", "http://example.test/page")
    assert (response.status, response.data.decode().strip()) == (403, sentence)
    assert proxy.reports == [sentence]


def test_a_client_that_does_not_trust_the_proxy_is_named(proxy: Proxy) -> None:
    proxy.reports.clear()
    with (
        urllib3.ProxyManager(proxy.url, retries=False) as pool,
        pytest.raises(urllib3.exceptions.SSLError),
    ):
        pool.request("GET", "https://sts.amazonaws.com/")
    for _ in range(200):
        if proxy.reports:
            break
        threading.Event().wait(0.02)
    assert "AWS_CA_BUNDLE" in proxy.reports[0]


def test_loopback_hosts_are_reached_directly(proxy: Proxy) -> None:
    got = proxy.call("GET", f"http://127.0.0.1:{proxy.service_port}/direct")
    assert got["path"] == "/direct"
    assert "X-Local-Sagemaker-Host" not in dict(got["headers"])  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("request_text", "status"),
    [
        ("GET / HTTP/1.1\nHost: 127.0.0.1\n\n", "403 no request of a proxy: /."),
        ("GET / HTTP/1.1\nHost: sts.amazonaws.com\n\n", "403 no request of a proxy: /."),
        ("GET http://sts.amazonaws.com/ HTTP/1.1\nOrigin: http://evil.test\n\n", "403 web page"),
        (
            "GET http://sts.amazonaws.com/ HTTP/1.1\nSec-Fetch-Site: cross-site\n\n",
            "403 web page (cross-site)",
        ),
        ("CONNECT sts.amazonaws.com:443 HTTP/1.1\nOrigin: null\n\n", "403 web page 'null'"),
        ("CONNECT nonsense/x HTTP/1.1\n\n", "400 invalid CONNECT"),
        ("CONNECT a.test:99999 HTTP/1.1\n\n", "400 invalid CONNECT"),
        (
            "POST http://sts.amazonaws.com/ HTTP/1.1\nContent-Length: 1\n"
            "Transfer-Encoding: chunked\n\n",
            "400 both Content-Length",
        ),
        (
            "POST http://sts.amazonaws.com/ HTTP/1.1\nContent-Length: 1\nContent-Length: 2\n\n",
            "400 invalid Content-Length",
        ),
    ],
)
def test_pages_and_malformed_requests_are_refused(
    proxy: Proxy, request_text: str, status: str
) -> None:
    assert proxy.send(request_text).startswith(f"HTTP/1.1 {status}")


def test_a_tunnel_takes_requests_for_its_own_host_only(proxy: Proxy) -> None:
    response = proxy.pool.request(
        "GET", "https://sts.amazonaws.com/", headers={"Host": "s3.amazonaws.com"}
    )
    assert response.status == 421


def test_a_service_that_ended_is_named(tmp_path: Path) -> None:
    with run_proxy(tmp_path) as proxy, reserve_port(0) as unused:
        destinations = Destinations(
            unused.getsockname(), False, None, lambda _: False, proxy.reports.append
        )
        authority = open_authority(tmp_path)
        with (
            serve_proxy(reserve_port(0), destinations, authority) as url,
            urllib3.ProxyManager(
                url, ca_cert_data=authority.certificate.decode(), retries=False
            ) as pool,
        ):
            response = pool.request("GET", "https://sts.amazonaws.com/")
    assert (response.status, b"the local service does not answer" in response.data) == (502, True)


def test_the_network_is_reached_by_way_of_the_callers_proxy(tmp_path: Path) -> None:
    with (
        serve(Upstream) as upstream,
        run_proxy(
            tmp_path, network=True, upstream=f"http://me:se%20cret@127.0.0.1:{upstream.server_port}"
        ) as proxy,
    ):
        got = proxy.call("GET", "http://example.test/page")
        assert got["path"] == "http://example.test/page"
        basic = f"Basic {base64.b64encode(b'me:se cret').decode()}"
        assert dict(got["headers"])["Proxy-Authorization"] == basic  # type: ignore[call-overload]
        answer = proxy.send("CONNECT example.test:443 HTTP/1.1\n\n")
        refused = proxy.send("CONNECT blocked.test:443 HTTP/1.1\n\n")
        seen = upstream.seen  # type: ignore[attr-defined]
    assert answer == "HTTP/1.1 200 Connection established"
    assert refused.startswith("HTTP/1.1 502 blocked.test:443 cannot be reached: the proxy")
    assert seen == [f"example.test:443 {basic}", f"blocked.test:443 {basic}"]


def test_a_tunnel_relays_bytes_in_both_directions(proxy: Proxy) -> None:
    host, port = proxy.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 10) as connection:
        connection.sendall(b"CONNECT localhost:%d HTTP/1.1\r\n\r\n" % proxy.service_port)
        answers = connection.makefile("rb")
        assert answers.readline().startswith(b"HTTP/1.1 200")
        assert answers.readline() == b"\r\n"
        connection.sendall(b"GET /relayed HTTP/1.1\r\nConnection: close\r\n\r\n")
        assert b'"path": "/relayed"' in answers.read()


@pytest.mark.parametrize(
    "url", ["https://proxy.test:3128", "socks5://proxy.test", "http://", "http://p:x"]
)
def test_an_unsupported_proxy_of_the_network_is_named(url: str) -> None:
    with pytest.raises(UserError, match=r"unsupported proxy of the network: .*HTTPS_PROXY"):
        UpstreamProxy.parse(url)
