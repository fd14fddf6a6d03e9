"""The proxy's server: CONNECT tunnels and requests in absolute form, of this machine only."""

import socket
import ssl
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from local_test.aws_proxy import forwarding, tunnel
from local_test.aws_proxy.certificate_authority import CertificateAuthority
from local_test.aws_proxy.destinations import Destination, Destinations, parse_authority
from local_test.aws_proxy.forwarding import ForwardError, Target
from local_test.aws_proxy.tunnel import TunnelError
from local_test.http_guard import Refusal
from local_test.http_guard.refusals import ORIGINAL_HOST_HEADER, make_forbidden
from local_test.platform.aws_hosts import find_bucket, is_loopback

_BACKLOG = 1024
_HTTPS_PORT = 443
_HANDSHAKE_SECONDS = 30.0
_NO_PAGE = "Web pages may not use it."
_UNTRUSTED = (
    "a client does not trust the AWS proxy: it has certificates of its own. "
    "Give it those that AWS_CA_BUNDLE names."
)


@contextmanager
def serve_proxy(
    port: socket.socket, destinations: Destinations, authority: CertificateAuthority
) -> Iterator[str]:
    """Context manager: serve the proxy on a reserved port and yield its URL."""
    with closing(port):
        port.listen(_BACKLOG)
        server = _Server(port, destinations, authority)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="aws-proxy")
        thread.start()
        try:
            host, number = port.getsockname()
            yield f"http://{host}:{number}"
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(
        self, port: socket.socket, destinations: Destinations, authority: CertificateAuthority
    ) -> None:
        super().__init__(port.getsockname(), _ProxyHandler, bind_and_activate=False)
        self.socket.close()
        self.socket = port
        self.destinations = destinations
        self.authority = authority
        self._reported: set[str] = set()
        self._lock = threading.Lock()

    def report_once(self, key: str, sentence: str) -> None:
        """Print a sentence unless one of this key was printed."""
        with self._lock:
            new = key not in self._reported
            self._reported.add(key)
        if new:
            self.destinations.report(sentence)

    def verify_request(self, _request: Any, client_address: Any) -> bool:
        """Return whether a connection comes from this machine."""
        return is_loopback(client_address[0])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Leave out connections that a client ends early; print other errors."""
        error = sys.exception()
        if isinstance(error, ssl.SSLError) and "UNKNOWN_CA" in str(error):
            self.report_once("unknown authority", _UNTRUSTED)
        if not isinstance(error, OSError):
            super().handle_error(request, client_address)


class _ProxyHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server
    _host = ""  # of the tunnel that the connection is

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Print nothing: the user sees refusals only."""

    def finish(self) -> None:
        """Close the connection; a TLS connection is not the one that the server closes."""
        with suppress(OSError):
            super().finish()
        self.connection.close()

    def do_CONNECT(self) -> None:
        """Open a tunnel: to AWS it ends here, to other hosts it is relayed unread."""
        authority = parse_authority(self.path, _HTTPS_PORT)
        if self._host or authority is None:
            self._refuse(Refusal(400, "InvalidRequest", f"invalid CONNECT: {self.path}."))
            return
        if (refusal := self._check_page("")) is not None:
            self._refuse(refusal)
            return
        host, port = authority
        match self.server.destinations.find_destination(host):
            case Destination.SERVICE:
                self._end_tunnel(host)
            case Destination.REFUSED:
                self._refuse_network(host)
            case _:
                self._relay_tunnel(host, port)

    def _end_tunnel(self, host: str) -> None:
        self.send_response_only(200, "Connection established")
        self.end_headers()
        context = self.server.authority.make_context(host)
        self.connection.settimeout(_HANDSHAKE_SECONDS)
        self.request = context.wrap_socket(self.connection, server_side=True)
        self.request.settimeout(None)
        self.setup()
        self._host = host
        self.close_connection = False

    def _relay_tunnel(self, host: str, port: int) -> None:
        self.close_connection = True
        upstream = self.server.destinations.find_upstream(host)
        try:
            connection = tunnel.open_tunnel(host, port, upstream)
        except TunnelError as error:
            self._refuse(Refusal(502, "BadGateway", f"{error}."))
            return
        with connection:
            self.send_response_only(200, "Connection established")
            self.end_headers()
            tunnel.relay_bytes(self.connection, self.rfile, connection)  # type: ignore[arg-type]

    def _relay(self) -> None:
        """Send a request on, inside of a tunnel or in absolute form."""
        parts = urlsplit(self.path)
        named = self.headers.get_all("Host") or [""]
        if self._host and self.path.startswith("/"):
            host, path = self._host, self.path
            authority = parse_authority(named[0], _HTTPS_PORT)
            if len(named) > 1 or authority is None or authority[0] != host:
                sentence = f"Host {', '.join(named)!r} in a tunnel to {host}. Send the same name."
                self._refuse(Refusal(421, "InvalidRequest", sentence))
                return
        elif not self._host and parts.scheme == "http" and parts.hostname:
            host = parts.hostname
            path = parts._replace(scheme="", netloc="").geturl() or "/"
        else:
            self._refuse(
                make_forbidden(f"no request of a proxy: {self.path}. This port is an HTTP proxy.")
            )
            return
        refusal = self._check_page(host) or forwarding.check_body(self)
        if refusal is not None:
            self._refuse(refusal)
            return
        self._forward(host, path, parts.netloc)

    def _forward(self, host: str, path: str, netloc: str) -> None:
        destinations = self.server.destinations
        destination = destinations.find_destination(host)
        if destination is Destination.REFUSED:
            self._refuse_network(host)
            return
        if destination is Destination.SERVICE:
            target = _make_service_target(destinations.service, host, path)
        elif (upstream := destinations.find_upstream(host)) is not None:
            authorization = {"Proxy-Authorization": upstream.authorization}
            target = Target(
                (upstream.host, upstream.port),
                self.path,
                authorization if upstream.authorization else {},
            )
        else:
            target = Target(parse_authority(netloc) or (host, 80), path, {})
        try:
            forwarding.forward(self, target)
        except ForwardError as error:
            where = "the local service" if destination is Destination.SERVICE else host
            self._refuse(Refusal(502, "BadGateway", f"{where} does not answer: {error}."))

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _relay  # noqa: N815

    def _check_page(self, host: str) -> Refusal | None:
        origin = self.headers.get("Origin")
        site = self.headers.get("Sec-Fetch-Site", "none")
        if origin is not None and origin not in {f"https://{host}", f"http://{host}"}:
            return make_forbidden(f"web page {origin!r}: Origin header. {_NO_PAGE}")
        if site not in {"none", "same-origin"}:
            return make_forbidden(f"web page ({site}): Sec-Fetch-Site header. {_NO_PAGE}")
        return None

    def _refuse_network(self, host: str) -> None:
        sentence = f"offline: {host} is no AWS host. Allow the network with --allow-network."
        self.server.report_once(host, sentence)
        self._refuse(make_forbidden(sentence))

    def _refuse(self, refusal: Refusal) -> None:
        """Answer with the sentence, also as the reason, which is what clients show of a tunnel."""
        content = f"{refusal.message}\n".encode()
        self.close_connection = True
        self.send_response_only(refusal.status, refusal.message.encode("ascii", "replace").decode())
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


def _make_service_target(address: tuple[str, int], host: str, path: str) -> Target:
    """Return the local service's form of a request to an AWS host.

    A bucket in the host name goes to the front of the path; a header keeps the host name.
    """
    headers = {"Host": f"{address[0]}:{address[1]}", ORIGINAL_HOST_HEADER: host}
    bucket = find_bucket(host)
    return Target(address, path if bucket is None else f"/{bucket}{path}", headers)
