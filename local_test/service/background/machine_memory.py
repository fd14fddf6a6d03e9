"""The memory of this machine, and of the containers that run on it.

Source: proc(5), `/proc/meminfo`. Other systems have no such file.
"""

from collections.abc import Iterable
from pathlib import Path

from local_test.engines.process_tree import KILOBYTE, PROC, measure_memory, read_kilobytes
from local_test.errors import UserError

_MEGABYTE = 1_000_000


def check_instance_memory(what: str, pids: Iterable[int | None], proc: Path = PROC) -> None:
    """Check that memory is left for one more instance like the one of these processes.

    `pids` are the first processes of its containers. Nothing is checked where the system does not
    say how much is used. Raises UserError when less memory is available than the instance uses.
    """
    available = read_kilobytes(proc / "meminfo", "MemAvailable")
    used = sum(measure_memory(pid, proc) for pid in pids if pid is not None)
    if available is not None and available * KILOBYTE < used:
        raise UserError(
            f"not enough memory for {what}: an instance uses {used // _MEGABYTE} MB, and "
            f"{available * KILOBYTE // _MEGABYTE} MB are available",
            "free memory, or give the variant fewer instances",
        )
