"""One connection of a client: its requests one after the other, in one thread."""

import socket
import time
from contextlib import suppress

from local_test.http_guard import Refusal, StrictFraming
from local_test.http_server.open_connections import OpenConnections
from local_test.http_server.request_body import RequestBody
from local_test.http_server.response_writer import ResponseWriter

_BUFFER = 1 << 16


class ConnectionHandler(StrictFraming):
    """Answers the requests of one connection, which stays open until its client closes it.

    It ends after a request whose body was not read to its end, or has no clear end. There is no
    timeout: a connection that a client keeps does not end just as its next request is under way.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = _BUFFER  # head and body leave in one write
    idle_since: float | None = None

    def setup(self) -> None:
        """Prepare the connection."""
        super().setup()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._open_connections.add(self)

    def finish(self) -> None:
        """Forget the connection."""
        self._open_connections.remove(self)
        super().finish()

    def handle_one_request(self) -> None:
        """Wait for a request and answer it; end instead when the server stops or needs room."""
        self.idle_since = time.monotonic()
        if self._open_connections.must_end:  # after the line above: nobody sees it idle otherwise
            self.end()
        super().handle_one_request()

    def parse_request(self) -> bool:
        """Parse the request head; return False when it is rejected."""
        self.idle_since = None
        return super().parse_request()

    def handle_expect_100(self) -> bool:
        """Ask for the body of a request now."""
        super().handle_expect_100()
        self.wfile.flush()
        return True

    def run_wsgi(self) -> None:
        """Answer one request by the application."""
        environ = self.make_environ()
        body = RequestBody(environ, self.rfile)

        def keep() -> bool:
            return body.is_read and not self._open_connections.must_end

        with ResponseWriter(self, keep, self._report_failure) as writer:
            chunks = self.server.app(environ, writer.start)
            try:
                writer.send(chunks)
            finally:
                if (close := getattr(chunks, "close", None)) is not None:
                    close()
        if self.close_connection and not body.is_read:
            self.hang_up()

    def end(self) -> None:
        """End the connection before its next request; one that has come is still answered."""
        with suppress(OSError):  # the client has gone already
            self.connection.shutdown(socket.SHUT_RD)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Leave the log to the containers."""

    def _report_failure(self) -> None:
        message = "a mistake of the local server: see its log. Send the request again."
        self.send_refusal(Refusal(500, "InternalFailure", message))

    @property
    def _open_connections(self) -> OpenConnections:
        connections: OpenConnections = self.server.open_connections  # type: ignore[attr-defined]
        return connections
