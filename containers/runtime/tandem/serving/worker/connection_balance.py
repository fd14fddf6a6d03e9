"""An equal share of connections for each worker, whichever of them wakes up first.

The kernel wakes all workers for a new connection, and the quickest could take them all: with
clients that keep their connections, the other processes would stay idle. So a worker that has more
connections than another waits a moment, in which the other may accept. Where the other could not,
because it was starting or had no processor, the worker later closes its surplus: those clients
connect again, and the other worker accepts them.
"""

from __future__ import annotations

import math
import mmap

_ABSENT, _STARTING = -1, -2
_BYTES = 4


def count_slots(workers: int) -> int:
    """Return the number of slots: more than workers, as one may start while another still ends."""
    return 2 * workers + 2


class ConnectionBoard:
    """The number of connections of each worker, in shared memory, and whether the server stops.

    Create it before the workers are forked. A worker writes its own slot only. `closed` is true
    once the server stops and accepts no new clients.
    """

    def __init__(self, workers: int) -> None:
        count = count_slots(workers)
        shared = memoryview(mmap.mmap(-1, _BYTES * (count + 1))).cast("i")
        self._counts, self._closed = shared[:count], shared[count:]
        for place in range(count):
            self._counts[place] = _ABSENT

    @property
    def closed(self) -> bool:
        """Whether the whole server is stopping."""
        return bool(self._closed[0])

    def close(self) -> None:
        """Record that the whole server is stopping."""
        self._closed[0] = 1

    def claim_slot(self) -> BoardSlot:
        """Return a free slot, for the parent process; the last one when all are taken."""
        free = [place for place, count in enumerate(self._counts) if count == _ABSENT]
        return BoardSlot(self._counts, free[0] if free else len(self._counts) - 1)


class BoardSlot:
    """The count of one worker, at `index` of the board."""

    def __init__(self, counts: memoryview, index: int) -> None:
        self._counts = counts
        self.index = index
        counts[index] = _STARTING

    def set_count(self, connections: int) -> None:
        """Record how many connections this worker has."""
        self._counts[self.index] = connections

    def leave(self) -> None:
        """Mark the slot as free: the worker ends, or has ended."""
        self._counts[self.index] = _ABSENT

    def is_ahead(self) -> bool:
        """Return whether another worker has fewer connections."""
        mine = self._counts[self.index]
        return any(_ABSENT < count < mine for count in self._counts)

    def count_surplus(self) -> int:
        """Return this worker's connections minus its fair share, the mean over live workers.

        It is negative below that share, and 0 after `leave`.
        """
        counts = self._counts.tolist()
        present = [count for count in counts if count > _ABSENT]
        mine: int = counts[self.index]
        return mine - math.ceil(sum(present) / len(present)) if mine > _ABSENT else 0
