"""The record of a tuning job while it runs: counters, best training jobs, completion details."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.resources.training.resource import TRAINING_JOB
from local_test.service.resources.tuning.completion import CompletionCriteria
from local_test.service.resources.tuning.resource import TUNING_JOB
from local_test.service.resources.tuning.warm_start import IDENTICAL, find_kept_parents
from local_test.service.storage.records import Record

_OBJECTIVE = "FinalHyperParameterTuningJobObjectiveMetric"


class TuningProgress:
    """Counts the training jobs of a tuning job that ended, and keeps its record up to date."""

    def __init__(
        self, backend: Backend, region: str, record: Record, criteria: CompletionCriteria
    ) -> None:
        self._backend = backend
        self._region = region
        self._name = record[TUNING_JOB.name_field]
        self._criteria = criteria
        self._counts: Counter[str] = Counter()
        self._seconds = 0
        self._best: Record | None = None
        self._converged: float | None = None
        config = record.get("WarmStartConfig") or {}
        self._is_overall = config.get("WarmStartType") == IDENTICAL
        self._overall = self._find_best_of_parents(record) if self._is_overall else None

    @property
    def has_value(self) -> bool:
        """Whether a training job has ended with a value of its objective."""
        return self._best is not None

    def add_trial(
        self,
        record: Record,
        objective: Mapping[str, Any],
        value: float | None,
        *,
        cut_off: bool = False,
    ) -> None:
        """Count a training job that ended; `value` is that of its objective, None without one.

        `cut_off`: it ended because the service did, which is an error to retry.
        """
        status = "Retryable" if cut_off else record[TRAINING_JOB.status_field]
        self._counts[status] += 1
        self._counts["Succeeded" if value is not None else "Missed"] += 1
        self._seconds += int(record.get("TrainingTimeInSeconds") or 0)
        changes: dict[str, Any] = {"ObjectiveStatus": "Failed"}
        if value is not None:
            changes = {_OBJECTIVE: {**objective, "Value": value}, "ObjectiveStatus": "Succeeded"}
        name = record[TRAINING_JOB.name_field]
        record = self._backend.records.update(TRAINING_JOB, self._region, name, **changes)
        if value is None:
            return
        if self._criteria.add_value(value):
            self._best = summarize_training_job(record)
            if self._is_overall:
                self._overall = self._choose(self._overall, self._best)
        if self._converged is None and self._criteria.has_converged():
            self._converged = now()

    def update(self, running: int) -> None:
        """Write the counters, with so many training jobs that run, and the best training jobs."""
        counts = self._counts
        details: dict[str, Any] = {
            "NumberOfTrainingJobsObjectiveNotImproving": self._criteria.not_improving
        }
        if self._converged is not None:
            details["ConvergenceDetectedTime"] = self._converged
        overall = {"OverallBestTrainingJob": self._overall} if self._overall else {}
        self._write(
            TrainingJobStatusCounters={
                "Completed": counts["Completed"],
                "InProgress": running,
                "RetryableError": counts["Retryable"],
                "NonRetryableError": counts["Failed"],
                "Stopped": counts["Stopped"],
            },
            ObjectiveStatusCounters={
                "Succeeded": counts["Succeeded"],
                "Pending": running,
                "Failed": counts["Missed"],
            },
            BestTrainingJob=self._best,
            TuningJobCompletionDetails=details,
            ConsumedResources={"RuntimeInSeconds": self._seconds},
            **overall,
        )

    def finish(self, status: str, **changes: Any) -> None:
        """Write the status of the end, with other changes of the record."""
        self.update(0)
        self._write(
            **{TUNING_JOB.status_field: status}, HyperParameterTuningEndTime=now(), **changes
        )

    def _write(self, **changes: Any) -> None:
        update = self._backend.records.update
        update(TUNING_JOB, self._region, self._name, LastModifiedTime=now(), **changes)

    def _find_best_of_parents(self, record: Record) -> Record | None:
        best: Record | None = None
        for parent in find_kept_parents(self._backend, self._region, record):
            best = self._choose(best, parent.get("OverallBestTrainingJob"))
            best = self._choose(best, parent.get("BestTrainingJob"))
        return best

    def _choose(self, one: Record | None, other: Record | None) -> Record | None:
        if one is None or other is None:
            return one or other
        is_better = self._criteria.is_better(_read_objective(other), _read_objective(one))
        return other if is_better else one


def summarize_training_job(record: Record) -> Record:
    """Return the summary of a training job in a tuning job's lists."""
    fields = (
        *("TrainingJobName", "TrainingJobArn", "TrainingJobDefinitionName", "CreationTime"),
        *("TrainingStartTime", "TrainingEndTime", "TrainingJobStatus", "TunedHyperParameters"),
        *("FailureReason", _OBJECTIVE, "ObjectiveStatus"),
    )
    return {field: record[field] for field in fields if record.get(field) is not None}


def _read_objective(summary: Record) -> float:
    return float(summary[_OBJECTIVE]["Value"])
