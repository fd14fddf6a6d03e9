"""The service on a port of this machine."""

import fcntl
import socket
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.wrappers import Response

from local_test.engines import EngineName
from local_test.errors import UserError
from local_test.http_guard import AllowedHosts, GuardMiddleware, Refusal
from local_test.http_server import ConnectionHandler, HttpServer
from local_test.platform.limits import DEFAULT_MAX_INSTANCES
from local_test.samples.folder import SampleFolder
from local_test.service.api import json_protocol
from local_test.service.api.api_errors import ApiError
from local_test.service.backend import Backend
from local_test.service.feature_store.store_settings import StoreSettings
from local_test.service.http import access_rules
from local_test.service.http.app import App
from local_test.service.http.bridge_listener import open_bridge_listener
from local_test.service.resources import registry
from local_test.service.storage.state.files import open_private, prepare_state_folder

_HOST = "127.0.0.1"
_BACKLOG = 1024


class _Handler(ConnectionHandler, MotoRequestHandler):
    """Passes on the spelling of S3 metadata as moto's own server does."""


@contextmanager
def run_service(
    port: socket.socket,
    folder: Path,
    engine: EngineName = "auto",
    allowed_hosts: Sequence[str] = (),
    max_model_size: int | None = None,
    samples: SampleFolder | None = None,
    images_file: Path | None = None,
    max_instances: int = DEFAULT_MAX_INSTANCES,
    features: StoreSettings | None = None,
    idle_stop: float | None = None,
) -> Iterator[Backend]:
    """Context manager: serve on a reserved port; at the end stop all jobs and save the state.

    Raises UserError when another service uses the folder, a map of images is invalid, or the server
    of the online store does not answer.
    """
    hosts = AllowedHosts(port.getsockname()[1], allowed_hosts)
    with closing(port), _hold_lock(folder):
        number = port.getsockname()[1]
        port.listen(_BACKLOG)
        url = f"http://{_HOST}:{number}"
        backend = Backend(
            folder,
            url,
            engine,
            max_model_size,
            registry.TYPES,
            samples,
            images_file,
            max_instances,
            features or StoreSettings(),
            idle_stop,
        )
        make_guard = partial(_guard_app, App(backend))
        backend.open_bridge_listener = partial(open_bridge_listener, make_guard, _Handler)
        with HttpServer(port, make_guard(hosts), _Handler).run("service"):
            yield from _run_backend(backend)


def _guard_app(app: App, hosts: AllowedHosts) -> GuardMiddleware:
    return GuardMiddleware(
        app,
        hosts,
        _make_refusal_response,
        access_rules.check_access,
        access_rules.find_body_limit,
    )


def _make_refusal_response(refusal: Refusal) -> Response:
    return json_protocol.make_error_response(
        ApiError(refusal.code, refusal.message, refusal.status)
    )


def _run_backend(backend: Backend) -> Iterator[Backend]:
    """Restore the state and yield the service when it is ready; at the end stop its work.

    The server must run until then, as the service sends requests to itself.
    """
    try:
        backend.start(partial(registry.migrate, backend))
        registry.resume(backend)
        backend.ready.set()
        yield backend
    finally:
        backend.close()


@contextmanager
def _hold_lock(folder: Path) -> Iterator[None]:
    prepare_state_folder(folder)
    with open_private(folder / "lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise UserError(
                f"another service runs on {folder}", "stop it, or choose another --state"
            ) from error
        yield
