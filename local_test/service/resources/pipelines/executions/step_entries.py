"""The entries of an execution's steps, which its record has.

An entry has the fields that ListPipelineExecutionSteps returns, and beside them `RetryTime`
(seconds since 1970, while the step waits for its next attempt), `Retries` (how often each retry
policy has retried it), and the key of the cache.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.resources.pipelines.resource import ALL_STEPS, EXECUTION, RUNNING_STEPS
from local_test.service.storage.records import Record

_UNSUCCESSFUL = {"Failed", "Stopped"}


class StepEntries:
    """The entries of one execution by the name of the step; each change goes into the record."""

    def __init__(self, backend: Backend, region: str, execution: str) -> None:
        self._backend, self._region, self._execution = backend, region, execution
        self._entries: dict[str, Record] = {
            entry["StepName"]: entry for entry in self.read_record()["Steps"]
        }

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __getitem__(self, name: str) -> Record:
        return self._entries[name]

    def list_names(self, statuses: Iterable[str] = ALL_STEPS) -> list[str]:
        """Return the names of the steps in one of these statuses, in the order of their start."""
        chosen = frozenset(statuses)
        return [name for name, item in self._entries.items() if item["StepStatus"] in chosen]

    def list_all(self) -> Sequence[Record]:
        """Return all entries in the order of their start."""
        return list(self._entries.values())

    def list_due(self, time: float) -> list[str]:
        """Return the names of the steps whose next attempt is due at a time."""
        return [name for name in self.list_pending() if self._entries[name]["RetryTime"] <= time]

    def list_pending(self) -> list[str]:
        """Return the names of the steps that wait for their next attempt."""
        running = self.list_names(RUNNING_STEPS)
        return [name for name in running if self._entries[name].get("RetryTime") is not None]

    def has_failed(self) -> bool:
        """Return True if a step has failed or was stopped: no further steps start then."""
        return bool(self.list_names(_UNSUCCESSFUL))

    def get_outcome(self, name: str) -> str | None:
        """Return the outcome of a condition step, "True" or "False"; None before its end."""
        metadata = self._entries[name].get("Metadata") if name in self._entries else None
        outcome = (metadata or {}).get("Condition", {}).get("Outcome")
        return None if outcome is None else str(outcome)

    def update(self, name: str, **changes: Any) -> None:
        """Change fields of a step's entry, or add the entry."""
        self._entries[name] = self._entries.get(name, {"StepName": name}) | changes
        self.update_record(Steps=self.list_all())

    def end(self, name: str, status: str, reason: str | None = None, **more: Any) -> None:
        """Enter the end of a step: its status and, unless it succeeded, the reason."""
        failure = {"FailureReason": reason} if reason else {}
        self.update(name, StepStatus=status, EndTime=now(), RetryTime=None, **failure, **more)

    def read_record(self) -> Record:
        """Return the record of the execution."""
        return self._backend.records.get(EXECUTION, self._region, self._execution)

    def update_record(self, **changes: Any) -> None:
        """Change fields of the execution's record."""
        changes["LastModifiedTime"] = now()
        self._backend.records.update(EXECUTION, self._region, self._execution, **changes)
