"""What an attack is: a name, what it runs on, and the counts that decide how it ended."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.attacks.raw_http import Response, post
from benchmarks.load import process_tree
from benchmarks.load.deployments import RunningServers

# A method, a transfer encoding or a version of HTTP that is not supported (RFC 9110): the statuses
# say what is wrong with the request.
_REFUSALS = (501, 505)
_CSV = {"Content-Type": "text/csv", "Accept": "text/csv"}


class Skipped(Exception):
    """The attack cannot be made on this machine; the text says why."""


@dataclass
class Tally:
    """Counts of one attack.

    `cut` are connections closed without an answer, which a request that is no HTTP may get. The
    lists hold sentences, each of which is a failure: `faults` for 5xx, `wrong` for answers that are
    not the right ones, `lost` for what was accepted or acknowledged and is gone, `dead` for
    processes that ended and were not killed by the attack, `grown` for memory and descriptors.
    """

    requests: int = 0
    answered: int = 0
    refused: int = 0
    cut: int = 0
    killed: int = 0
    faults: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    dead: list[str] = field(default_factory=list)
    grown: list[str] = field(default_factory=list)
    memory_mb: float = 0.0
    descriptors: int = 0

    def count_status(self, status: int, what: str) -> None:
        """Count one answer by its status; 0 is a connection that was closed without one."""
        self.requests += 1
        if status >= 500 and status not in _REFUSALS:
            self.faults.append(f"{status}: {what}")
        elif status >= 400:
            self.refused += 1
        elif status:
            self.answered += 1
        else:
            self.cut += 1

    @property
    def failures(self) -> list[str]:
        """All sentences that are failures."""
        return [*self.faults, *self.wrong, *self.lost, *self.dead, *self.grown]


@dataclass(frozen=True)
class Target:
    """A container server: where it listens, and rows in CSV with their right answers."""

    name: str
    port: int
    session: int
    rows: Sequence[bytes]
    answers: Sequence[bytes]

    def send_row(self, number: int = 0) -> Response:
        """Send one row on a connection of its own."""
        return post(self.port, self.rows[number % len(self.rows)], _CSV)

    def check_row(self, tally: Tally, number: int = 0) -> None:
        """Send one row and count its answer; one that is not byte-equal is a failure."""
        reply = self.send_row(number)
        tally.count_status(reply.status, f"{self.name}: a valid row")
        right = self.answers[number % len(self.answers)]
        if not reply.status:
            tally.lost.append(f"{self.name}: a valid row got no answer: {reply.body!r}")
        elif reply.status < 500 and (reply.status, reply.body) != (200, right):
            tally.wrong.append(f"{self.name}: a valid row got {reply.status} {reply.body[:80]!r}")

    def list_processes(self) -> frozenset[str]:
        """Return the numbers of its processes."""
        return frozenset(folder.name for folder in process_tree.list_members(self.session))

    def count_descriptors(self) -> int:
        """Count the open descriptors of all its processes; a process that just ended has none."""
        return sum(
            _count_entries(folder / "fd") for folder in process_tree.list_members(self.session)
        )

    def measure_memory_mb(self) -> float:
        """Return the memory of all its processes."""
        return process_tree.read_memory_mb(self.session)


@dataclass(frozen=True)
class AttackContext:
    """What attacks run on: targets, a seed, a time for each attack, and a folder.

    `bodies` are valid bodies by target and content type, `models` images and model folders, for an
    attack that starts servers of its own, and `rows` what is sent to them.
    """

    targets: Sequence[Target]
    bodies: Mapping[str, Mapping[str, bytes]]
    models: Mapping[str, tuple[str, Path]]
    rows: Mapping[str, Sequence[bytes]]
    seconds: float
    seed: int
    folder: Path

    def create_random(self, name: str) -> random.Random:
        """Return the attack's own numbers, the same for the same seed."""
        return random.Random(f"{self.seed} {name}")  # noqa: S311 - they must repeat

    def find_deadline(self) -> float:
        """Return the end of an attack that begins now."""
        return time.monotonic() + self.seconds


@dataclass(frozen=True)
class Attack:
    """One attack; `kills` says that it ends processes itself, `serving` that it needs servers.

    `run` gives the counts, or raises Skipped.
    """

    name: str
    sentence: str
    run: Callable[[AttackContext], Tally]
    serving: bool = True
    kills: bool = False


def find_targets(places: RunningServers, rows: Mapping[str, Sequence[bytes]]) -> list[Target]:
    """Make targets of servers that are well; their first answers are the right ones."""
    found = []
    for name, place in places.items():
        replies = [post(place.port, row, _CSV) for row in rows[name]]
        answers = [reply.body for reply in replies]
        found.append(Target(name, place.port, place.session, rows[name], answers))
    return found


def _count_entries(folder: Path) -> int:
    try:
        return len(list(folder.iterdir()))
    except (FileNotFoundError, ProcessLookupError):
        return 0
