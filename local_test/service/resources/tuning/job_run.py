"""Run a hyperparameter tuning job: training jobs with proposed hyperparameters."""

import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from local_test.errors import LocalError
from local_test.service.api.api_errors import ApiError, failure_reason
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.resources.training.resource import TRAINING_JOB
from local_test.service.resources.training.submission import stop_job, submit
from local_test.service.resources.tuning.auto_parameters import expand_auto_parameters
from local_test.service.resources.tuning.resource import TUNING_JOB
from local_test.service.storage.records import Record

if TYPE_CHECKING:  # optuna takes half a second, which a service without tuning need not wait for
    from optuna.trial import Trial

_POLL_SECONDS = 0.2
_MACHINE = ("InstanceType", "InstanceCount", "VolumeSizeInGB")
_ENDED = {"Completed", "Failed", "Stopped"}
_PASSED_ON = (
    "AlgorithmSpecification",
    "RoleArn",
    "InputDataConfig",
    "OutputDataConfig",
    "StoppingCondition",
    "Environment",
    "EnableNetworkIsolation",
)


def make_training_request(
    record: Mapping[str, Any], name: str, hyperparameters: dict[str, str]
) -> Record:
    """Return the request of one training job of a tuning job."""
    definition = record["TrainingJobDefinition"]
    metric = record["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]
    fixed = definition.get("StaticHyperParameters", {})
    tuned = fixed | hyperparameters | {"_tuning_objective_metric": metric["MetricName"]}
    passed = {field: definition[field] for field in _PASSED_ON if field in definition}
    passed["ResourceConfig"] = _choose_resources(definition)
    if (config := definition.get("CheckpointConfig")) is not None:
        # Jobs that run side by side, each with other hyperparameters, cannot share checkpoints.
        passed["CheckpointConfig"] = config | {"S3Uri": f"{config['S3Uri'].rstrip('/')}/{name}"}
    return passed | {"TrainingJobName": name, "HyperParameters": tuned}


def _choose_resources(definition: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a training job's ResourceConfig, also from the form that the SageMaker SDK sends."""
    tuning = definition.get("HyperParameterTuningResourceConfig", {})
    [first, *_] = tuning.get("InstanceConfigs") or [tuning]
    resources = {field: first[field] for field in _MACHINE if field in first}
    return definition.get("ResourceConfig") or resources


@dataclass
class _RunningTrial:
    trial: "Trial"
    name: str
    hopeless: bool = False


class TuningRun:
    """The run of one tuning job; the job's record has its current status."""

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
        from local_test.service.resources.tuning.search_strategy import HyperparameterSearch

        self._search = HyperparameterSearch(
            config["Strategy"],
            expand_auto_parameters(config["ParameterRanges"]),
            maximize=self._maximize,
            early=self._early,
            seed=config.get("RandomSeed"),
        )
        limits = config["ResourceLimits"]
        self._parallel = limits["MaxParallelTrainingJobs"]
        self._max_jobs = limits.get("MaxNumberOfTrainingJobs", self._search.max_trials or 1)
        if self._search.max_trials is not None:
            self._max_jobs = min(self._max_jobs, self._search.max_trials)
        self._max_seconds = limits.get("MaxRuntimeInSeconds", float("inf"))
        self._best: Record | None = None
        self._counts: Counter[str] = Counter()

    def run(self, stop: threading.Event) -> None:
        """Run the job until it ends or `stop` is set; errors go into its record."""
        try:
            self._run_trials(stop)
        except (LocalError, ApiError) as error:
            self._finish("Failed", FailureReason=failure_reason(error))
            return
        if stop.is_set():
            self._finish("Stopped")
        elif self._best is None:
            reason = "ClientError: no training job ended with a value of the objective metric"
            self._finish("Failed", FailureReason=reason)
        else:
            self._finish("Completed")

    def _run_trials(self, stop: threading.Event) -> None:
        deadline = time.monotonic() + self._max_seconds
        running: list[_RunningTrial] = []
        started = 0
        while running or started < self._max_jobs:
            is_over = stop.is_set() or time.monotonic() > deadline or self._has_reached_target()
            if is_over:
                self._max_jobs = started
                for item in running:
                    stop_job(self._backend, self._region, item.name)
            while not is_over and len(running) < self._parallel and started < self._max_jobs:
                started += 1
                running.append(self._start_trial(started))
                self._update_counters(len(running))
            running = [item for item in running if not self._finish_if_over(item)]
            self._update_counters(len(running))
            time.sleep(_POLL_SECONDS)

    def _start_trial(self, number: int) -> _RunningTrial:
        trial, hyperparameters = self._search.propose()
        name = f"{self._name}-{number:03d}-{token_hex(4)}"
        request = make_training_request(self._record, name, hyperparameters)
        arn = self._record[TUNING_JOB.arn_field]
        submit(
            self._backend,
            self._region,
            request,
            TuningJobArn=arn,
            TunedHyperParameters=hyperparameters,
        )
        return _RunningTrial(trial, name)

    def _finish_if_over(self, item: _RunningTrial) -> bool:
        record = self._backend.records.get(TRAINING_JOB, self._region, item.name)
        status = record[TRAINING_JOB.status_field]
        self._search.report(item.trial, self._read_values(item.name))
        if status not in _ENDED:
            self._stop_early(item)
            return False
        metrics = record.get("FinalMetricDataList", ())
        final = {item["MetricName"]: item["Value"] for item in metrics}
        value = final.get(self._objective["MetricName"]) if status != "Failed" else None
        self._search.finish_trial(item.trial, value, stopped=item.hopeless)
        self._counts["Stopped" if status == "Stopped" else status] += 1
        self._counts["Succeeded" if value is not None else "Missed"] += 1
        if value is not None:
            self._record_objective(item.name, value)
        return True

    def _read_values(self, name: str) -> list[float]:
        metrics = self._backend.live_metrics.get(TRAINING_JOB.work_key(self._region, name), {})
        return [value for _, value in metrics.get(self._objective["MetricName"], ())]

    def _stop_early(self, item: _RunningTrial) -> None:
        if self._early and not item.hopeless and self._search.is_hopeless(item.trial):
            item.hopeless = True
            stop_job(self._backend, self._region, item.name)

    def _record_objective(self, name: str, value: float) -> None:
        metric = self._objective | {"Value": value}
        record = self._backend.records.update(
            TRAINING_JOB,
            self._region,
            name,
            FinalHyperParameterTuningJobObjectiveMetric=metric,
            ObjectiveStatus="Succeeded",
        )
        if self._best is None or self._is_better(value, _read_objective(self._best)):
            self._best = record

    def _is_better(self, value: float, other: float) -> bool:
        return value > other if self._maximize else value < other

    def _has_reached_target(self) -> bool:
        if self._best is None or self._target is None:
            return False
        return not self._is_better(self._target, _read_objective(self._best))

    def _update_counters(self, running: int) -> None:
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
            BestTrainingJob=summarize_training_job(self._best) if self._best else None,
        )

    def _finish(self, status: str, **changes: Any) -> None:
        self._update_counters(0)
        self._update(
            **{TUNING_JOB.status_field: status}, HyperParameterTuningEndTime=now(), **changes
        )

    def _update(self, **changes: Any) -> None:
        update = self._backend.records.update
        update(TUNING_JOB, self._region, self._name, LastModifiedTime=now(), **changes)


def summarize_training_job(record: Record) -> Record:
    """Return the summary of a training job in a tuning job's lists."""
    fields = (
        *("TrainingJobName", "TrainingJobArn", "CreationTime", "TrainingStartTime"),
        *("TrainingEndTime", "TrainingJobStatus", "TunedHyperParameters", "FailureReason"),
        *("FinalHyperParameterTuningJobObjectiveMetric", "ObjectiveStatus"),
    )
    return {field: record[field] for field in fields if record.get(field) is not None}


def _read_objective(record: Record) -> float:
    return float(record["FinalHyperParameterTuningJobObjectiveMetric"]["Value"])
