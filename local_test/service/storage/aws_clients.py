"""boto3 clients of the service itself: jobs use S3, logs and more through its own API."""

import threading
from collections.abc import Mapping
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]

from local_test.service.storage.wsgi_client import WsgiClient

_KEY = "local"


class AwsClients:
    """boto3 clients of the service's own address, one per AWS service and region.

    `internal` are headers that mark the service's own requests. With a `wsgi_client` requests go to
    its application in this process, without the port.
    """

    def __init__(
        self, url: str, internal: Mapping[str, str], wsgi_client: WsgiClient | None = None
    ) -> None:
        self._url = url
        self._internal = dict(internal)
        self._wsgi_client = wsgi_client
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, str], Any] = {}
        self._session = boto3.Session(aws_access_key_id=_KEY, aws_secret_access_key=_KEY)

    def client(self, name: str, region: str) -> Any:
        """Return a client; threads may share it."""
        with self._lock:
            if (name, region) not in self._clients:
                settings = Config(max_pool_connections=32, proxies={})
                client = self._session.client(
                    name, region_name=region, endpoint_url=self._url, config=settings
                )
                client.meta.events.register("before-send", self._add_internal_headers)
                if self._wsgi_client is not None:
                    self._wsgi_client.attach(client)
                self._clients[name, region] = client
            return self._clients[name, region]

    def _add_internal_headers(self, request: Any, **_: Any) -> None:
        request.headers.update(self._internal)

    def close(self) -> None:
        """Close the connections of all clients."""
        with self._lock:
            for client in self._clients.values():
                client.close()
            self._clients.clear()
