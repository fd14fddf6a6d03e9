"""The gunicorn application, and the arbiter process above its workers."""

from __future__ import annotations

from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from tandem.serving.worker.accept_queue import refuse_new_clients
from tandem.serving.worker.connection_balance import ConnectionBoard
from tandem.serving.worker.responses import RequestHandlers


class WorkerApplication(BaseApplication):
    """The application that gunicorn runs: request handlers, and the board its workers share."""

    def __init__(self, handlers: RequestHandlers, options: dict[str, Any]) -> None:
        self._handlers = handlers
        self._options = options
        self.board = ConnectionBoard(options["workers"])
        super().__init__()

    def load_config(self) -> None:
        """Set gunicorn's options."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Return the request handlers, which only a `LoopWorker` can use."""
        return self._handlers

    def run(self) -> None:
        """Run until stopped; gunicorn ends the program."""
        DrainingArbiter(self).run()


class DrainingArbiter(Arbiter):
    """gunicorn's arbiter, which refuses new clients before it stops its workers."""

    app: WorkerApplication

    def stop(self, graceful: bool = True) -> None:
        """Stop the workers: by the board those just forked, which handle no signal yet."""
        refuse_new_clients(self.LISTENERS)
        self.app.board.close()
        super().stop(graceful)
