"""What gunicorn is given to run, and the process above its workers."""

from __future__ import annotations

from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from tandem.serving.worker.accept_queue import turn_away
from tandem.serving.worker.connection_balance import Board
from tandem.serving.worker.responses import Door


class Served(BaseApplication):
    """What gunicorn runs: a door, and the board its workers share."""

    def __init__(self, door: Door, options: dict[str, Any]) -> None:
        self._door = door
        self._options = options
        self.board = Board(options["workers"])
        super().__init__()

    def load_config(self) -> None:
        """Hand the options to gunicorn."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Return the door, which only a `LoopWorker` can use."""
        return self._door

    def run(self) -> None:
        """Run until stopped; gunicorn ends the program."""
        Chief(self).run()


class Chief(Arbiter):
    """gunicorn's arbiter, which lets nobody in any more before it ends its workers."""

    app: Served

    def stop(self, graceful: bool = True) -> None:
        """End the workers; one that has just been forked and hears no signal yet, by the board."""
        turn_away(self.LISTENERS)
        self.app.board.close()
        super().stop(graceful)
