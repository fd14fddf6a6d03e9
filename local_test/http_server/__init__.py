"""The HTTP server of every listening port: kept connections, a thread each, and a graceful stop."""

from local_test.http_server.connection_handler import ConnectionHandler
from local_test.http_server.server import HttpServer

__all__ = ["ConnectionHandler", "HttpServer"]
