"""Which GPUs this machine has, and whether its Docker engine passes them to containers."""

import re
from collections.abc import Callable, Sequence

from scripts.checkout.shell import read_output

Read = Callable[[Sequence[str]], str | None]
_LINE = re.compile(r"GPU \d+: (.*?)(?: \(UUID: .*\))?")


def find_gpus(read: Read = read_output) -> list[str]:
    """Return the names of this machine's NVIDIA GPUs; `read` returns a program's output."""
    lines = (read(["nvidia-smi", "--list-gpus"]) or "").splitlines()
    return [match[1] for match in map(_LINE.fullmatch, lines) if match]


def explain_missing(read: Read = read_output) -> str:
    """Return why nothing can be trained on a GPU here, in one sentence; "" if it can."""
    if not find_gpus(read):
        return (
            "No GPU: 'nvidia-smi --list-gpus' names none on this machine. "
            "Run it on a machine with an NVIDIA GPU and its driver."
        )
    runtimes = read(["docker", "info", "--format={{json .Runtimes}} {{json .CDISpecDirs}}"])
    if runtimes is None:
        return "Docker is not running: start it, for example with 'dockerd'."
    if "nvidia" not in runtimes:
        return "Docker passes no GPUs to containers: install the NVIDIA Container Toolkit."
    return ""
