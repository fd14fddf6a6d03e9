"""How long an execution or a step has taken, as the pages show it."""

from local_test.service.api.resource_type import now
from local_test.service.resources.pipelines.resource import RUNNING_STEPS
from local_test.service.storage.records import Record


def count_seconds(start: float, end: float, status: str) -> str:
    """Return the seconds between two times, or until now while the status is a running one."""
    return f"{max(0.0, (now() if status in RUNNING_STEPS else end) - start):.1f} s"


def measure_step(entry: Record) -> str:
    """Return the seconds that a step has taken until its end, or until now."""
    return count_seconds(entry["StartTime"], entry.get("EndTime") or now(), entry["StepStatus"])
