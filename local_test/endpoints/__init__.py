"""Endpoints of one container, of a pipeline of containers, or of many models."""

from local_test.endpoints.endpoint import Endpoint
from local_test.endpoints.http_server import EndpointServer, reserve_port, serve_endpoint
from local_test.endpoints.invocation_response import EndpointResponse, EndpointStream, StreamError
from local_test.endpoints.pipeline_relay import PipelineRelay
from local_test.endpoints.stage import Stage

__all__ = [
    "Endpoint",
    "EndpointResponse",
    "EndpointServer",
    "EndpointStream",
    "PipelineRelay",
    "Stage",
    "StreamError",
    "reserve_port",
    "serve_endpoint",
]
