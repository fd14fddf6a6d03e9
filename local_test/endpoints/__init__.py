"""Hosting: endpoints of one container or several in a row, and the relay between them."""

from local_test.endpoints.answer import Answer
from local_test.endpoints.chain import Chain
from local_test.endpoints.endpoint import Endpoint
from local_test.endpoints.front import Front, listen, reserve_port
from local_test.endpoints.stage import Stage

__all__ = ["Answer", "Chain", "Endpoint", "Front", "Stage", "listen", "reserve_port"]
