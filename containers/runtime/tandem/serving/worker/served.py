"""What gunicorn is given to run."""

from __future__ import annotations

from typing import Any

from gunicorn.app.base import BaseApplication

from tandem.serving.worker.balance import Board
from tandem.serving.worker.replies import Door


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
        """Give the door, which only a `LoopWorker` can use."""
        return self._door
