"""A script's training on several hosts, by XGBoost's collective.

Source: aws/sagemaker-xgboost-container, `distributed.py`: names, parameters and their order. Hosts
find and look after each other as those of the algorithm do (`booster.distributed`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import numpy as np
from xgboost import collective

from booster.distributed.host_group import HostGroup, join_group
from tandem.contract import job_hosts, settings
from tandem.contract import training_job as jobs
from tandem.contract.hyperparameters import resolve_hyperparameters
from tandem.contract.paths import Paths
from tandem.contract.sigterm import Stop
from tandem.errors import UserError
from tandem.logs import logger

LOCAL_HOSTNAME = "127.0.0.1"
_PORT = 9099


def wait_hostname_resolution(sm_hosts: Sequence[str]) -> None:
    """Wait until every host's name resolves, up to 15 minutes each.

    Raises TandemError, naming the host, when one does not.
    """
    for host in sm_hosts:
        job_hosts.wait_for_address(host, Stop())


def rabit_run(
    exec_fun: Callable[..., object],
    args: dict[str, Any],
    include_in_training: bool,
    hosts: Sequence[str],
    current_host: str,
    first_port: int | None = None,
    second_port: int | None = None,
    max_connect_attempts: int | None = None,
    connect_retry_timeout: int = 10,
    update_rabit_args: bool = False,
) -> None:
    """Call `exec_fun(**args)` on each host that has data, joined in one collective.

    Hosts first exchange who has data, on `first_port` (9099); those that have join on `second_port`
    (the next one), and the others exit with code 0. With `update_rabit_args`, `args["is_master"]`
    is whether this host writes the model. Hosts wait 15 minutes for each other: unlike in Amazon's
    container, `max_connect_attempts` and `connect_retry_timeout` have no effect.

    Raises UserError when no host has data, and TandemError, naming the host, when one is gone.
    """
    del max_connect_attempts, connect_retry_timeout
    port = first_port or _PORT
    with Rabit(hosts, current_host, port=port) as everyone:
        flags = everyone.synchronize({"host": current_host, "with_data": bool(include_in_training)})
    included = [flag["host"] for flag in flags if flag["with_data"]]
    if not included:
        raise UserError("no host has training data", remedy="Put a file into the channel")
    if not include_in_training:
        logger.warning("host %s has no training data and takes no part", current_host)
        raise SystemExit(0)
    with Rabit(included, current_host, port=second_port or port + 1) as training:
        if update_rabit_args:
            args["is_master"] = training.is_master
        exec_fun(**args)


@dataclass(frozen=True)
class RabitHelper:
    """This host in the group that it has joined."""

    is_master: bool
    current_host: str
    master_port: int
    group: HostGroup = field(repr=False)

    @property
    def rank(self) -> int:
        """This host's number in XGBoost's collective, from 0."""
        return 0 if self.group.alone else int(collective.get_rank())

    @property
    def world_size(self) -> int:
        """The number of hosts."""
        return len(self.group.hosts)

    def synchronize(self, data: Any) -> list[Any]:
        """Return every host's data, anything JSON can hold, in the order of the hosts' names."""
        mine = np.frombuffer(json.dumps(data).encode(), dtype=np.uint8).astype(np.int32)
        sizes = self.group.gather_numbers([len(mine)])[:, 0].tolist()
        letters = self.group.gather(mine, sizes).astype(np.uint8).tobytes()
        ends = np.cumsum(sizes).tolist()
        return [
            json.loads(letters[end - size : end]) for size, end in zip(sizes, ends, strict=True)
        ]


class Rabit:
    """Context manager: the hosts are joined; yields a RabitHelper."""

    def __init__(
        self,
        hosts: Sequence[str],
        current_host: str | None = None,
        master_host: str | None = None,
        port: int | None = None,
        max_connect_attempts: int | None = None,
        connect_retry_timeout: int = 3,
    ) -> None:
        del max_connect_attempts, connect_retry_timeout  # as in rabit_run
        self._group = HostGroup(sorted(hosts), current_host or LOCAL_HOSTNAME)
        if master_host not in {None, self._group.leader}:
            raise UserError(
                f"master_host {master_host!r} is not the first host {self._group.leader!r}",
                remedy="Leave master_host out",
            )
        self._port = port or _PORT
        self._stack = ExitStack()

    def start(self) -> RabitHelper:
        """Join the other hosts. Raises TandemError, naming the host, when one does not come."""
        paths = Paths(settings.read().base_dir)
        job = jobs.read(paths, resolve_hyperparameters((), {}), Stop())
        self._stack.enter_context(join_group(self._group, self._port, job))
        master = self._group.alone or self._group.leads
        return RabitHelper(master, self._group.current, self._port, self._group)

    def stop(self) -> None:
        """Leave the group, once all hosts are done."""
        self._stack.close()

    def __enter__(self) -> RabitHelper:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, trace)
