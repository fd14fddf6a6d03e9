"""Metrics of the containers of running endpoints: processors, memory and disk of this machine.

Source: Developer Guide, "Amazon SageMaker AI metrics in Amazon CloudWatch", metrics of endpoint
instances: the value of an instance is the sum of its containers; `CPUUtilization` has 100 percent
for each processor, the others for the whole instance.
"""

import shutil
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from local_test.endpoints import Endpoint
from local_test.engines.protocol import ContainerUsage
from local_test.errors import LocalError
from local_test.service.background.endpoint_metrics import EndpointMetrics, Owner
from local_test.service.background.running_endpoints import RunningEndpoints
from local_test.service.clock import SERVICE_CLOCK
from local_test.service.error_boundary import run_round

_PAUSE_SECONDS = 5.0
_MINUTE = 60
_PERCENT = 100.0


@dataclass
class ContainerMetrics:
    """Adds the metrics of all instances every five seconds; an instance here is this machine.

    `_before` has the time and the processor seconds of the last round.
    """

    endpoints: RunningEndpoints
    metrics: EndpointMetrics
    _before: WeakKeyDictionary[Endpoint, tuple[float, float]] = field(
        default_factory=WeakKeyDictionary
    )
    _closing: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread that measures."""
        self._thread = threading.Thread(target=self._run, name="container-metrics", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread, after the measurement that runs."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join()

    def measure(self) -> None:
        """Add the metrics of all instances of all running endpoints now."""
        for owner, variant in self.endpoints.list_running():
            for instance in variant.list_endpoints():
                try:
                    usages = instance.read_usage()
                except (LocalError, OSError):  # it ends just now, or the engine is busy
                    continue
                if usages:
                    self._add(owner, instance, usages)

    def _add(self, owner: Owner, instance: Endpoint, usages: Sequence[ContainerUsage]) -> None:
        moment, used = time.monotonic(), sum(usage.processor_seconds for usage in usages)
        disk = shutil.disk_usage(tempfile.gettempdir())  # the containers' files are there
        values = {
            "MemoryUtilization": sum(usage.memory / usage.memory_limit for usage in usages),
            "DiskUtilization": disk.used / disk.total,
        }
        before = self._before.get(instance)
        if before is not None and moment > before[0]:
            share = max(used - before[1], 0.0) / (moment - before[0])
            values["CPUUtilization"] = share
            values["CPUUtilizationNormalized"] = share / usages[0].processors
        self._before[instance] = (moment, used)
        minute = int(SERVICE_CLOCK.read() // _MINUTE) * _MINUTE
        for name, value in values.items():
            self.metrics.add_value(owner, minute, name, _PERCENT * value)

    def _run(self) -> None:
        while not self._closing.wait(_PAUSE_SECONDS):
            run_round(self.measure)
