"""A WSGI server: a thread for each open connection, and a stop that leaves none behind."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from werkzeug.serving import ThreadedWSGIServer

from local_test.http_guard.refusals import WsgiApplication
from local_test.http_server.connection_handler import ConnectionHandler
from local_test.http_server.open_connections import OpenConnections

_MOST_CONNECTIONS = 512
_POLL_SECONDS = 0.05  # for a stop alone: a new connection wakes the loop


class HttpServer(ThreadedWSGIServer):
    """Serves an application at a listening socket; at most `most_connections` are open at once."""

    daemon_threads = True

    def __init__(
        self,
        listener: socket.socket,
        app: WsgiApplication,
        handler: type[ConnectionHandler] = ConnectionHandler,
        most_connections: int = _MOST_CONNECTIONS,
    ) -> None:
        host, port = listener.getsockname()[:2]
        self.open_connections = OpenConnections(most_connections)
        super().__init__(host, port, app, handler, fd=listener.fileno())

    def process_request(self, request: Any, client_address: Any) -> None:
        """Start the thread of a connection, once there is room for it."""
        if self.open_connections.admit():
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer the requests of a connection."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.open_connections.release()

    @contextmanager
    def run(self, name: str) -> Iterator[None]:
        """Context manager: serve in a thread of this name.

        At the end no connection is accepted any more, idle ones end, and those that have a request
        end after its response.
        """
        thread = threading.Thread(target=self.serve_forever, args=(_POLL_SECONDS,), name=name)
        thread.start()
        try:
            yield
        finally:
            self.open_connections.close()
            self.shutdown()
            thread.join()
