"""A tuning job's work: training jobs with hyperparameters chosen for them, some at a time."""

import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

from optuna.trial import Trial

from local_test.errors import LocalError
from local_test.service.api.api_errors import Fault, failure_reason
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.resources.training.resource import TRAINING_JOB
from local_test.service.resources.training.submission import begin, halt
from local_test.service.resources.tuning.resource import TUNING_JOB
from local_test.service.resources.tuning.search_strategy import Search
from local_test.service.storage.records import Record

_GLANCE_SECONDS = 0.2
_MACHINE = ("InstanceType", "InstanceCount", "VolumeSizeInGB")
_ENDED = {"Completed", "Failed", "Stopped"}
_PASSED_ON = (
    "AlgorithmSpecification",
    "RoleArn",
    "InputDataConfig",
    "OutputDataConfig",
    "StoppingCondition",
    "CheckpointConfig",
    "Environment",
    "EnableNetworkIsolation",
)


def training_request(record: Mapping[str, Any], name: str, chosen: dict[str, str]) -> Record:
    """Return the request of one training job of a tuning job."""
    told = record["TrainingJobDefinition"]
    metric = record["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]
    fixed = told.get("StaticHyperParameters", {})
    tuned = fixed | chosen | {"_tuning_objective_metric": metric["MetricName"]}
    passed = {field: told[field] for field in _PASSED_ON if field in told}
    passed["ResourceConfig"] = _machines(told)
    return passed | {"TrainingJobName": name, "HyperParameters": tuned}


def _machines(told: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a training job's ResourceConfig; a tuning job's own form is the SageMaker SDK's."""
    tuning = told.get("HyperParameterTuningResourceConfig", {})
    [first, *_] = tuning.get("InstanceConfigs") or [tuning]
    chosen = {field: first[field] for field in _MACHINE if field in first}
    return told.get("ResourceConfig") or chosen


@dataclass
class _Try:
    trial: Trial
    name: str
    hopeless: bool = False


class Tuning:
    """One tuning job; its record says at every time how far it is."""

    def __init__(self, backend: Backend, region: str, name: str) -> None:
        self._backend = backend
        self._region = region
        self._name = name
        record = backend.records.get(TUNING_JOB, region, name)
        self._record = record
        config = record["HyperParameterTuningJobConfig"]
        self._objective = config["HyperParameterTuningJobObjective"]
        self._maximize = self._objective["Type"] == "Maximize"
        self._early = config.get("TrainingJobEarlyStoppingType", "Off") == "Auto"
        self._target = config.get("TuningJobCompletionCriteria", {}).get(
            "TargetObjectiveMetricValue"
        )
        self._search = Search(
            config["Strategy"],
            config["ParameterRanges"],
            maximize=self._maximize,
            early=self._early,
            seed=config.get("RandomSeed"),
        )
        limits = config["ResourceLimits"]
        self._parallel = limits["MaxParallelTrainingJobs"]
        self._most = limits.get("MaxNumberOfTrainingJobs", self._search.most or 1)
        if self._search.most is not None:
            self._most = min(self._most, self._search.most)
        self._seconds = limits.get("MaxRuntimeInSeconds", float("inf"))
        self._best: Record | None = None
        self._counts: Counter[str] = Counter()

    def run(self, stop: threading.Event) -> None:
        """Do the job; whatever goes wrong is told in its record."""
        try:
            self._work(stop)
        except (LocalError, Fault) as error:
            self._end("Failed", FailureReason=failure_reason(error))
            return
        if stop.is_set():
            self._end("Stopped")
        elif self._best is None:
            reason = "ClientError: no training job ended with a value of the objective metric"
            self._end("Failed", FailureReason=reason)
        else:
            self._end("Completed")

    def _work(self, stop: threading.Event) -> None:
        deadline = time.monotonic() + self._seconds
        running: list[_Try] = []
        started = 0
        while running or started < self._most:
            over = stop.is_set() or time.monotonic() > deadline or self._reached()
            if over:
                self._most = started
                for item in running:
                    halt(self._backend, self._region, item.name)
            while not over and len(running) < self._parallel and started < self._most:
                started += 1
                running.append(self._begin(started))
                self._tell(len(running))
            running = [item for item in running if not self._ended(item)]
            self._tell(len(running))
            time.sleep(_GLANCE_SECONDS)

    def _begin(self, number: int) -> _Try:
        trial, chosen = self._search.propose()
        name = f"{self._name}-{number:03d}-{token_hex(4)}"
        request = training_request(self._record, name, chosen)
        arn = self._record[TUNING_JOB.arn]
        begin(self._backend, self._region, request, TuningJobArn=arn, TunedHyperParameters=chosen)
        return _Try(trial, name)

    def _ended(self, item: _Try) -> bool:
        record = self._backend.records.get(TRAINING_JOB, self._region, item.name)
        status = record[TRAINING_JOB.status]
        self._search.report(item.trial, self._values(item.name))
        if status not in _ENDED:
            self._cut_short(item)
            return False
        told = record.get("FinalMetricDataList", ())
        final = {item["MetricName"]: item["Value"] for item in told}
        value = final.get(self._objective["MetricName"]) if status != "Failed" else None
        self._search.learn(item.trial, value, stopped=item.hopeless)
        self._counts["Stopped" if status == "Stopped" else status] += 1
        self._counts["Succeeded" if value is not None else "Missed"] += 1
        if value is not None:
            self._judge(item.name, value)
        return True

    def _values(self, name: str) -> list[float]:
        metrics = self._backend.live_metrics.get(TRAINING_JOB.key(self._region, name), {})
        return [value for _, value in metrics.get(self._objective["MetricName"], ())]

    def _cut_short(self, item: _Try) -> None:
        if self._early and not item.hopeless and self._search.hopeless(item.trial):
            item.hopeless = True
            halt(self._backend, self._region, item.name)

    def _judge(self, name: str, value: float) -> None:
        told = self._objective | {"Value": value}
        record = self._backend.records.update(
            TRAINING_JOB,
            self._region,
            name,
            FinalHyperParameterTuningJobObjectiveMetric=told,
            ObjectiveStatus="Succeeded",
        )
        if self._best is None or self._better(value, _objective(self._best)):
            self._best = record

    def _better(self, value: float, other: float) -> bool:
        return value > other if self._maximize else value < other

    def _reached(self) -> bool:
        if self._best is None or self._target is None:
            return False
        return not self._better(self._target, _objective(self._best))

    def _tell(self, running: int) -> None:
        counts = self._counts
        self._update(
            TrainingJobStatusCounters={
                "Completed": counts["Completed"],
                "InProgress": running,
                "RetryableError": 0,
                "NonRetryableError": counts["Failed"],
                "Stopped": counts["Stopped"],
            },
            ObjectiveStatusCounters={
                "Succeeded": counts["Succeeded"],
                "Pending": running,
                "Failed": counts["Missed"],
            },
            BestTrainingJob=summary(self._best) if self._best else None,
        )

    def _end(self, status: str, **changes: Any) -> None:
        self._tell(0)
        self._update(**{TUNING_JOB.status: status}, HyperParameterTuningEndTime=now(), **changes)

    def _update(self, **changes: Any) -> None:
        update = self._backend.records.update
        update(TUNING_JOB, self._region, self._name, LastModifiedTime=now(), **changes)


def summary(record: Record) -> Record:
    """Describe a training job as a tuning job's lists do."""
    fields = (
        *("TrainingJobName", "TrainingJobArn", "CreationTime", "TrainingStartTime"),
        *("TrainingEndTime", "TrainingJobStatus", "TunedHyperParameters", "FailureReason"),
        *("FinalHyperParameterTuningJobObjectiveMetric", "ObjectiveStatus"),
    )
    return {field: record[field] for field in fields if record.get(field) is not None}


def _objective(record: Record) -> float:
    return float(record["FinalHyperParameterTuningJobObjectiveMetric"]["Value"])
