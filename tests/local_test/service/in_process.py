"""The service without its port: boto3 clients whose requests go to the application directly."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from local_test.service.backend import Backend
from local_test.service.feature_store.store_settings import StoreSettings
from local_test.service.http.app import App
from local_test.service.resources import registry
from local_test.service.storage.aws_clients import AwsClients
from local_test.service.storage.wsgi_client import WsgiClient
from tests.clients.account import REGION

URL = "http://127.0.0.1:1"
FILE_STORE = StoreSettings()


@contextmanager
def open_service(
    folder: Path, features: StoreSettings = FILE_STORE
) -> Iterator[tuple[Backend, Any]]:
    """Give the state of a service that has nothing to restore, and a SageMaker client of it."""
    backend = Backend(folder, URL, "process", types=registry.TYPES, features=features)
    backend.ready.set()
    clients = AwsClients(URL, {}, WsgiClient(App(backend)))
    yield backend, clients.client("sagemaker", REGION)
    clients.close()
    backend.metric_store.close()
    backend.records.close_store()
