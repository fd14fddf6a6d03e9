"""The hosts that train together: what one knows, all can know.

Every host must make the same calls in the same order. Nothing that crosses the network is
unpickled.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray
from xgboost import collective
from xgboost.collective import Op
from xgboost.tracker import RabitTracker

from booster.distributed import liveness, watchdog
from tandem.contract import job_hosts
from tandem.contract.sigterm import Stop
from tandem.contract.training_job import Job
from tandem.errors import UserError

_JOIN_SECONDS = 900
_SILENCE_SECONDS = 300
_LINGER_SECONDS = 5


@dataclass(frozen=True)
class HostGroup:
    """The hosts of a collective, seen from host `current`; a single host uses no network.

    The order of `hosts` is the same on all of them, as the order of summation depends on it.
    """

    hosts: Sequence[str]
    current: str

    @property
    def alone(self) -> bool:
        """Whether there is no other host."""
        return len(self.hosts) == 1

    @property
    def leader(self) -> str:
        """The host that writes the model: the first by name."""
        return min(self.hosts)

    @property
    def leads(self) -> bool:
        """Whether this host is the leader."""
        return self.current == self.leader

    @property
    def index(self) -> int:
        """This host's index in the group, from 0."""
        return list(self.hosts).index(self.current)

    def any(self, flag: bool) -> bool:
        """Return whether the flag is set on any host."""
        return bool(self._reduce(np.array([int(flag)]), Op.MAX)[0])

    def gather(self, values: NDArray[Any], counts: Sequence[int]) -> NDArray[Any]:
        """Return all hosts' arrays of shape (rows,), concatenated; `counts` are their rows."""
        if self.alone:
            return values
        whole = np.zeros(sum(counts), dtype=values.dtype)
        start = sum(counts[: self.index])
        whole[start : start + len(values)] = values
        return self._reduce(whole, Op.SUM)

    def gather_numbers(self, numbers: Sequence[int]) -> NDArray[np.int64]:
        """Return every host's numbers, int64 of shape (hosts, numbers)."""
        table = np.zeros((len(self.hosts), len(numbers)), dtype=np.int64)
        table[self.index] = numbers
        return self._reduce(table, Op.SUM).reshape(table.shape)

    def broadcast(self, content: bytes | None) -> bytes | None:
        """Return the leader's bytes on every host."""
        if self.alone:
            return content
        own = content if self.leads else None
        length = int(self._reduce(np.array([-1 if own is None else len(own)]), Op.MAX)[0])
        if length < 0:
            return None
        letters = np.zeros(length, dtype=np.int32)
        if own is not None:
            letters[:] = np.frombuffer(own, dtype=np.uint8)
        return self._reduce(letters, Op.MAX).astype(np.uint8).tobytes()

    def _reduce(self, values: NDArray[Any], operation: Op) -> NDArray[Any]:
        if self.alone or not values.size:
            return values
        return np.asarray(collective.allreduce(values, operation))


SINGLE_HOST = HostGroup(("algo-1",), "algo-1")


@contextmanager
def join_group(
    group: HostGroup, port: int, job: Job, status: liveness.LivenessStatus | None = None
) -> Iterator[None]:
    """Context manager: join the group; each host answers on `port`, the leader runs the tracker.

    With a `status` this host answers there already, as the others do. Raises TandemError, naming
    the missing hosts, when the group is not complete within 15 minutes or breaks up, and Stopped
    when a stop is requested before it is complete. When it breaks up and XGBoost hangs, the program
    exits (`watchdog`).
    """
    if group.alone:
        yield
        return
    own = job_hosts.wait_for_address(group.current, job.stop)
    # The tracker listens on any free port; the leader's responder answers with its number.
    with _open_tracker(group, own) as tracker, _open_responder(status, (own, port), tracker):
        liveness.wait_for_hosts(group.hosts, port, job.stop, reachable=status is not None)
        try:
            with (
                watchdog.watch_hosts(group.hosts, port, job) as over,
                _connect(group, port, job.stop),
            ):
                yield
                # No host leaves before all are done: one that is silent sooner has died.
                group.any(flag=False)
                over.set()
        except (xgb.core.XGBoostError, UserError) as error:
            lost = liveness.find_silent(group.hosts, port) if _is_library_error(error) else []
            if not lost:
                raise
            # The others must still see this host when they look who is gone.
            time.sleep(_LINGER_SECONDS)
            raise job_hosts.make_gone_error(lost) from error


@contextmanager
def _open_responder(
    status: liveness.LivenessStatus | None, address: tuple[str, int], number: int
) -> Iterator[None]:
    if status is not None:
        status.status = number
        yield
        return
    with liveness.open_responder(address, number):
        yield


@contextmanager
def _connect(group: HostGroup, port: int, stop: Stop) -> Iterator[None]:
    with collective.CommunicatorContext(
        dmlc_communicator="rabit",
        dmlc_tracker_uri=job_hosts.wait_for_address(group.leader, stop),
        dmlc_tracker_port=liveness.request_status(group.leader, port),
        dmlc_task_id=f"{group.index:05d}",
        dmlc_timeout=_SILENCE_SECONDS,
        dmlc_retry=3,
    ):
        yield


def _is_library_error(error: Exception) -> bool:
    return isinstance(error, xgb.core.XGBoostError) or isinstance(
        error.__cause__, xgb.core.XGBoostError
    )


@contextmanager
def _open_tracker(group: HostGroup, address: str) -> Iterator[int]:
    if not group.leads:
        yield 0
        return
    tracker = RabitTracker(len(group.hosts), address, sortby="task", timeout=_JOIN_SECONDS)
    tracker.start()
    try:
        yield int(tracker.worker_args()["dmlc_tracker_port"])
        tracker.wait_for(_JOIN_SECONDS)
    except UserError:
        # All hosts leave on an error they share: the tracker must outlast the last of them.
        with suppress(xgb.core.XGBoostError):
            tracker.wait_for(_LINGER_SECONDS)
        raise
    finally:
        with suppress(xgb.core.XGBoostError):  # raised for hosts that are gone
            tracker.free()
