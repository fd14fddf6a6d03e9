"""Loading a model into a container, for which another one may have to leave."""

import threading
from pathlib import Path

from local_test.endpoints.archive_store import Shelf
from local_test.endpoints.invocation_response import Answer, model_error, refused
from local_test.endpoints.loaded_models import Residents
from local_test.endpoints.model_management import Management, Reply
from local_test.errors import DiskFull, UserError


class Loader:
    """Puts archives in place and has the container `name` load them; threads may share it."""

    def __init__(
        self, name: str, shelf: Shelf, management: Management, residents: Residents, seconds: float
    ) -> None:
        self._name = name
        self._shelf = shelf
        self._management = management
        self._residents = residents
        self._seconds = seconds
        self._making_room = threading.Lock()

    def load(self, model: str, archive: Path) -> Answer | None:
        """Load a resident model; gives what the client is told where that fails."""
        loaded = False
        try:
            self._residents.await_departure(model)
            reply = self._placed(model, self._put(model, archive))
            loaded = reply.loaded
        except UserError as error:
            return refused(400, "ValidationError", str(error))
        except DiskFull as error:
            return refused(507, "InsufficientStorage", str(error))
        finally:
            if not loaded:
                self._shelf.remove(model)
            self._residents.settle(model, loaded)
        return None if loaded else model_error(self._name, reply.status, reply.message)

    def _put(self, model: str, archive: Path) -> str:
        """Unpack an archive; where the disk is full, models that are not in use leave it."""
        while True:
            try:
                return self._shelf.put(model, archive)
            except DiskFull:
                with self._making_room:
                    if not self._make_room(model):
                        raise

    def _placed(self, model: str, folder: str) -> Reply:
        reply = self._management.load(model, folder)
        if not reply.full:
            return reply
        with self._making_room:
            while self._make_room(model):
                reply = self._management.load(model, folder)
                if not reply.full:
                    break
        return reply

    def _make_room(self, model: str) -> bool:
        with self._residents.departing(model, self._seconds) as leaving:
            if leaving is None:
                return False
            self._management.unload(leaving)
            self._shelf.remove(leaving)
        return True
