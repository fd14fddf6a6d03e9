"""Connections in equal parts over the workers, whoever of them is the first to be woken.

The kernel wakes all workers for a new connection, and the quickest used to take them all: clients
that keep their connections then left the other processes idle. Here a worker that has more of them
than another lets a moment pass, in which the other may take it. Where the other could not, as it
was starting or had no processor, the worker later ends what it has more than its part: those
clients connect again, and the other takes them.
"""

from __future__ import annotations

import math
import mmap

_ABSENT, _STARTING = -1, -2
_BYTES = 4


def count_slots(workers: int) -> int:
    """Return the number of places: more than workers, as one may start while another still ends."""
    return 2 * workers + 2


class ConnectionBoard:
    """The number of connections of each worker, in memory that all of them see.

    Make it before the workers are forked. A worker writes at its own place alone. Beside the
    numbers it says whether the server is `closed`: it stops, and nobody new is let in.
    """

    def __init__(self, workers: int) -> None:
        count = count_slots(workers)
        shared = memoryview(mmap.mmap(-1, _BYTES * (count + 1))).cast("i")
        self._counts, self._closed = shared[:count], shared[count:]
        for place in range(count):
            self._counts[place] = _ABSENT

    @property
    def closed(self) -> bool:
        """Whether the whole server stops."""
        return bool(self._closed[0])

    def close(self) -> None:
        """Say that the whole server stops."""
        self._closed[0] = 1

    def claim_slot(self) -> BoardSlot:
        """Return a free place, in the parent; when all are taken, the last."""
        free = [place for place, count in enumerate(self._counts) if count == _ABSENT]
        return BoardSlot(self._counts, free[0] if free else len(self._counts) - 1)


class BoardSlot:
    """One worker's place, which is the `index`-th."""

    def __init__(self, counts: memoryview, index: int) -> None:
        self._counts = counts
        self.index = index
        counts[index] = _STARTING

    def set_count(self, connections: int) -> None:
        """Say how many connections this worker attends to."""
        self._counts[self.index] = connections

    def leave(self) -> None:
        """Count no more: the worker ends, or has ended."""
        self._counts[self.index] = _ABSENT

    def is_ahead(self) -> bool:
        """Return whether another worker has fewer connections."""
        mine = self._counts[self.index]
        return any(_ABSENT < count < mine for count in self._counts)

    def count_surplus(self) -> int:
        """How many connections more than its part this worker has; below zero when fewer.

        Nothing where its place counts for nobody, as after `leave`.
        """
        counts = self._counts.tolist()
        present = [count for count in counts if count > _ABSENT]
        mine: int = counts[self.index]
        return mine - math.ceil(sum(present) / len(present)) if mine > _ABSENT else 0
