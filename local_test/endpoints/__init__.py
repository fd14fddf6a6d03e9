"""Hosting: endpoints of one container or several in a row, and the relay between them."""

from local_test.endpoints.endpoint import Endpoint
from local_test.endpoints.http_server import Front, listen, reserve_port
from local_test.endpoints.invocation_response import Answer
from local_test.endpoints.pipeline_relay import Chain
from local_test.endpoints.stage import Stage

__all__ = ["Answer", "Chain", "Endpoint", "Front", "Stage", "listen", "reserve_port"]
