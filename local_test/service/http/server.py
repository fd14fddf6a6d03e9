"""The service on a port of this machine."""

import fcntl
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import ThreadedWSGIServer
from werkzeug.wrappers import Response

from local_test.engines import EngineName
from local_test.errors import UserError
from local_test.http_guard import AllowedHosts, GuardMiddleware, Refusal, StrictFraming
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


class _Handler(StrictFraming, MotoRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body leave in two writes

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Leave the log to the containers."""


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
        )
        make_guard = partial(_guard_app, App(backend))
        backend.open_bridge_listener = partial(open_bridge_listener, make_guard, _Handler)
        server = ThreadedWSGIServer(_HOST, number, make_guard(hosts), _Handler, fd=port.fileno())
        server.daemon_threads = True
        yield from _run_server(backend, server)


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


def _run_server(backend: Backend, server: ThreadedWSGIServer) -> Iterator[Backend]:
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="service")
    thread.start()
    try:
        backend.start(partial(registry.migrate, backend))
        registry.resume(backend)
        backend.ready.set()
        yield backend
    finally:
        try:
            backend.close()
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


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
