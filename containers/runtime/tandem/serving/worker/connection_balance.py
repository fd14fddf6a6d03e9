"""An equal share of connections for each worker, whichever of them wakes up first.

The kernel wakes all workers for a new connection, and the quickest could take them all: with
clients that keep their connections, the other processes would stay idle. So a worker takes of the
clients that wait what makes its connections an equal share, and waits where it has that already,
until the others have caught up, for 20 ms at most. Where another could not, because it was starting
or had no processor, the worker later closes its surplus: those clients connect again, and the other
worker accepts them.
"""

from __future__ import annotations

import math
import mmap

_ABSENT, _STARTING = -1, -2
_BYTES = 4
# Seconds for which new clients are left to a worker that has fewer, and between two looks whether
# that worker has caught up: many clients that come at once are shared out in many short turns.
_YIELD, _LOOK = 0.02, 0.001


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

    def read_counts(self) -> list[int]:
        """Return how many connections each live worker has."""
        return [count for count in self._counts.tolist() if count > _ABSENT]

    def count_share(self, counts: list[int], waiting: int) -> int:
        """Return how many of `waiting` clients make this worker's connections an equal share.

        Read `counts` before the clients are counted: whom another worker accepts meanwhile is then
        counted once at most, and nobody takes too many.
        """
        return max(0, min(waiting, _find_mean(counts, waiting) - self._counts[self.index]))

    def is_ahead(self) -> bool:
        """Return whether another worker has fewer connections."""
        mine = self._counts[self.index]
        return any(_ABSENT < count < mine for count in self._counts)

    def count_surplus(self) -> int:
        """Return this worker's connections minus its fair share, the mean over live workers.

        It is negative below that share, and 0 after `leave`.
        """
        mine: int = self._counts[self.index]
        return mine - _find_mean(self.read_counts()) if mine > _ABSENT else 0


def _find_mean(counts: list[int], waiting: int = 0) -> int:
    """Return the mean of workers' connections, `waiting` clients included, rounded up."""
    return math.ceil((sum(counts) + waiting) / max(1, len(counts)))


class AcceptPause:
    """A pause of one worker in which it accepts no clients: `active` says whether it is in one."""

    def __init__(self, slot: BoardSlot) -> None:
        self.active = False
        self._slot = slot
        self._until = 0.0
        self._yielding = False
        self._left_over = 0

    def begin(self, now: float, *, yielding: bool) -> None:
        """Begin a pause; a `yielding` one ends early, once no other worker has fewer connections.

        Times are in seconds of one clock.
        """
        self.active, self._yielding = True, yielding
        self._until = now + _YIELD

    def count_seconds(self, now: float) -> float:
        """Return after how many seconds `end` is to be called."""
        left = max(0.0, self._until - now)
        return min(left, _LOOK) if self._yielding else left

    def end(self, now: float) -> int:
        """End the pause if it is over, and return how many clients to accept although ahead.

        The other workers were too busy for a client that waited for all of a pause. For each such
        pause behind another the number doubles, so that many clients wait for few pauses.
        """
        caught_up = self._yielding and not self._slot.is_ahead()
        if not caught_up and now < self._until:
            return 0
        self.active = False
        self._left_over = 0 if caught_up or not self._yielding else 2 * self._left_over or 1
        return self._left_over
