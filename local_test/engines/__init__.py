"""Engines that run containers, on Docker or as child processes, behind one protocol."""

from local_test.engines.container_logs import discard_line, print_line
from local_test.engines.protocol import Container, ContainerSpec, Engine, LogSink, Mount, Network
from local_test.engines.selection import ENGINE_NAMES, EngineName, select_engine

__all__ = [
    "ENGINE_NAMES",
    "Container",
    "ContainerSpec",
    "Engine",
    "EngineName",
    "LogSink",
    "Mount",
    "Network",
    "discard_line",
    "print_line",
    "select_engine",
]
