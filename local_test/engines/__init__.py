"""How a container is run: on Docker or as a child process, behind one protocol."""

from local_test.engines.base import Container, ContainerSpec, Engine, LogSink, Mount, Network
from local_test.engines.choice import ENGINE_NAMES, EngineName, choose
from local_test.engines.logs import discard_line, print_line

__all__ = [
    "ENGINE_NAMES",
    "Container",
    "ContainerSpec",
    "Engine",
    "EngineName",
    "LogSink",
    "Mount",
    "Network",
    "choose",
    "discard_line",
    "print_line",
]
