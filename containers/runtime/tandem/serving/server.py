"""The gunicorn server: the model is loaded before the port opens, and shared by fork."""

from __future__ import annotations

import gc
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tandem.contract.settings import Settings
from tandem.errors import UserError
from tandem.logs import logger
from tandem.machine.worker_count import choose_worker_count
from tandem.serving.app import create_app
from tandem.serving.fast_path import FastPath, ModelFastPath, MultiModelFastPath, NoFastPath
from tandem.serving.metrics import OFF, Metrics, make_metrics
from tandem.serving.model_service import (
    InferenceService,
    LoadedArtifact,
    ModelService,
    make_service,
)
from tandem.serving.multi_model import LoadedModels
from tandem.serving.multi_model_app import create_multi_model_app
from tandem.serving.worker.arbiter import WorkerApplication
from tandem.serving.worker.connection_balance import count_slots
from tandem.serving.worker.event_loop import LoopWorker
from tandem.serving.worker.responses import RequestHandlers

# The platform sends SIGKILL 30 s after SIGTERM (Developer Guide, "Use Your Own Inference Code").
_GRACE_SECONDS = 25
# Clients that have connected and are not accepted yet; net.core.somaxconn may allow fewer.
_BACKLOG = 2048
# A worker's heartbeat on a real disk can block it for seconds.
_MEMORY_DISK = "/dev/shm"  # noqa: S108


def run_server(artifact: LoadedArtifact, settings: Settings) -> None:
    """Serve one artifact until SIGTERM. Raises UserError when the port is in use.

    gunicorn ends the program itself, with exit code 0 after SIGTERM.
    """
    count = choose_worker_count(settings.workers)
    metrics = make_metrics(settings, count_slots(count.workers))
    service = make_service(artifact, settings, count.workers, metrics)
    service.warm_up()
    logger.info("%d workers (%s)", count.workers, count.reason)

    def start_worker(worker: LoopWorker) -> None:
        metrics.use_slot(worker.slot.index)
        service.warm_up()

    options = _make_options(settings, count.workers, settings.threads)
    _run(make_handlers(service, metrics), options | {"post_worker_init": start_worker})


def make_handlers(service: InferenceService, metrics: Metrics = OFF) -> RequestHandlers:
    """Return a worker's request handlers: Flask, and the fast path before it.

    A script has no fast path: it may use Flask's request, and must not run twice for one request.
    A model that waits for another server has none either: the event loop must not wait.
    """
    fast_path: FastPath = NoFastPath()
    if isinstance(service, ModelService) and not service.waits:
        fast_path = ModelFastPath(service)
    return RequestHandlers(create_app(service, metrics), fast_path, service.limit)


def run_multi_model_server(load: Callable[[Path], LoadedArtifact], settings: Settings) -> None:
    """Serve many models until SIGTERM, from one process that holds all that are loaded.

    Raises UserError when the port is in use.
    """
    threads = max(settings.threads, choose_worker_count(settings.workers).workers)
    metrics, limit = make_metrics(settings, count_slots(1)), settings.payload_limit()
    models = LoadedModels(load, settings, metrics)
    handlers = RequestHandlers(
        create_multi_model_app(models, limit, metrics), MultiModelFastPath(models), limit
    )
    settle = {"post_worker_init": lambda worker: metrics.use_slot(worker.slot.index)}
    _run(handlers, _make_options(settings, 1, threads) | settle)


def _run(handlers: RequestHandlers, options: dict[str, Any]) -> None:
    host, port = options["bind"].rsplit(":", 1)
    _check_port(host, int(port))
    WorkerApplication(handlers, options).run()


def _before_fork(_server: object) -> None:
    gc.collect()
    gc.freeze()


def _make_options(settings: Settings, workers: int, threads: int) -> dict[str, Any]:
    return {
        "bind": f"{settings.address}:{settings.port}",
        "workers": workers,
        "threads": threads,
        "worker_class": LoopWorker,
        "preload_app": True,
        "timeout": settings.timeout,
        "graceful_timeout": _GRACE_SECONDS,
        "keepalive": 75,
        "backlog": _BACKLOG,
        "worker_tmp_dir": _MEMORY_DISK if os.access(_MEMORY_DISK, os.W_OK) else None,
        "control_socket_disable": True,
        "loglevel": "warning",
        "when_ready": lambda _server: logger.info("listening on port %d", settings.port),
        "on_starting": _before_fork,
        "child_exit": lambda _server, worker: worker.slot.leave(),
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
