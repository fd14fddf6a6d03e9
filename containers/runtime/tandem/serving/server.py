"""gunicorn around the application: load before the port opens, then share the model by fork."""

from __future__ import annotations

import gc
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication

from tandem.errors import UserError
from tandem.logs import logger
from tandem.serving.app import create_app
from tandem.serving.heart import Answering, Loaded, Service, serve
from tandem.serving.lane import Lane
from tandem.serving.models import Models
from tandem.serving.models_app import create_models_app
from tandem.serving.sizing import size
from tandem.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

# The platform sends SIGKILL 30 s after SIGTERM (Developer Guide, "Use Your Own Inference Code").
_GRACE_SECONDS = 25
# A worker's heartbeat on a real disk can block it for seconds.
_MEMORY_DISK = "/dev/shm"  # noqa: S108


class _Server(BaseApplication):
    def __init__(self, app: WSGIApplication, options: dict[str, Any]) -> None:
        self._app = app
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return self._app


def run_server(loaded: Loaded, settings: Settings) -> None:
    """Serve until SIGTERM. Raises UserError when the port is taken.

    gunicorn ends the program itself, with exit code 0 after SIGTERM.
    """
    sizing = size(settings.workers)
    service = serve(loaded, settings, sizing.workers)
    service.warm()
    logger.info("%d workers (%s)", sizing.workers, sizing.reason)
    warm = {"post_worker_init": lambda _worker: service.warm()}
    _run(door(service), _options(settings, sizing.workers, settings.threads) | warm)


def door(service: Answering) -> WSGIApplication:
    """Give the application gunicorn runs: Flask, with the hot lane before it.

    A script is asked by Flask alone: it may use Flask's request, and must not be asked twice.
    """
    app = create_app(service)
    return Lane(app, service) if isinstance(service, Service) else app


def run_models_server(load: Callable[[Path], Loaded], settings: Settings) -> None:
    """Serve many models until SIGTERM, from one process, as all must see what each request loads.

    Raises UserError when the port is taken.
    """
    threads = max(settings.threads, size(settings.workers).workers)
    app = create_models_app(Models(load, settings), settings.payload_limit())
    _run(app, _options(settings, 1, threads))


def _run(app: WSGIApplication, options: dict[str, Any]) -> None:
    host, port = options["bind"].rsplit(":", 1)
    _check_port(host, int(port))
    _Server(app, options).run()


def _before_fork(_server: object) -> None:
    gc.collect()
    gc.freeze()


def _options(settings: Settings, workers: int, threads: int) -> dict[str, Any]:
    return {
        "bind": f"{settings.address}:{settings.port}",
        "workers": workers,
        "threads": threads,
        "worker_class": "gthread",
        "preload_app": True,
        "timeout": settings.timeout,
        "graceful_timeout": _GRACE_SECONDS,
        "keepalive": 75,
        "worker_tmp_dir": _MEMORY_DISK if os.access(_MEMORY_DISK, os.W_OK) else None,
        "control_socket_disable": True,
        "loglevel": "warning",
        "when_ready": lambda _server: logger.info("listening on port %d", settings.port),
        "on_starting": _before_fork,
    }


def _check_port(address: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise UserError(
                f"port {port} cannot be listened on ({error.strerror})",
                remedy="End what listens there, or set SAGEMAKER_BIND_TO_PORT",
            ) from error
