"""Run a hyperparameter tuning job: training jobs with proposed hyperparameters."""

import math
import threading
import time
from collections import Counter
from dataclasses import dataclass
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from local_test.errors import LocalError
from local_test.service.api.api_errors import ApiError, failure_reason
from local_test.service.backend import Backend
from local_test.service.resources.training.resource import TRAINING_JOB
from local_test.service.resources.training.submission import stop_job, submit
from local_test.service.resources.tuning.completion import read_criteria
from local_test.service.resources.tuning.definition_search import DefinitionSearch, open_searches
from local_test.service.resources.tuning.earlier_trials import list_earlier_trials, was_cut_off
from local_test.service.resources.tuning.progress import TuningProgress
from local_test.service.resources.tuning.resource import TUNING_JOB
from local_test.service.storage.records import Record

if TYPE_CHECKING:  # optuna takes half a second, which a service without tuning need not wait for
    from optuna.trial import Trial

_POLL_SECONDS = 0.2
_ENDED = {"Completed", "Failed", "Stopped"}


@dataclass
class _RunningTrial:
    source: DefinitionSearch
    trial: "Trial"
    name: str
    is_stopped: bool = False
    hopeless: bool = False


class TuningRun:
    """The run of one tuning job; the job's record has its current status.

    A `resumed` one takes up the training jobs of before the service's start.
    """

    def __init__(self, backend: Backend, region: str, name: str, *, resumed: bool = False) -> None:
        self._backend = backend
        self._region = region
        self._name = name
        self._record = record = backend.records.get(TUNING_JOB, region, name)
        config = record["HyperParameterTuningJobConfig"]
        earlier = list_earlier_trials(backend, region, record) if resumed else []
        self._searches = open_searches(backend, region, record, len(earlier))
        first = self._searches[0].definition
        self._criteria = read_criteria(config, first.is_better)
        self._progress = TuningProgress(backend, region, record, self._criteria)
        limits = config["ResourceLimits"]
        self._parallel = limits["MaxParallelTrainingJobs"]
        most = sum(source.search.max_trials or 0 for source in self._searches) or None
        self._max_jobs = limits.get("MaxNumberOfTrainingJobs", most or 1)
        if most is not None:
            self._max_jobs = min(self._max_jobs, most)
        self._max_seconds = limits.get("MaxRuntimeInSeconds", float("inf"))
        if resumed:  # the time without a service does not count
            self._max_seconds -= record["LastModifiedTime"] - record["CreationTime"]
        self._started: Counter[str] = Counter()
        self._submitted = len(earlier)
        for trial in earlier:
            self._restore(trial)

    def run(self, stop: threading.Event) -> None:
        """Run the job until it ends or `stop` is set; errors go into its record.

        When `stop` is set while the record is not Stopping, the service ends: the record stays as
        it is, and a later run goes on with it.
        """
        try:
            self._run_trials(stop)
        except (LocalError, ApiError) as error:
            self._progress.finish("Failed", FailureReason=failure_reason(error))
            return
        if self._is_stopping():
            self._progress.finish("Stopped")
        elif stop.is_set():
            return
        elif not self._progress.has_value:
            reason = "ClientError: no training job ended with a value of the objective metric"
            self._progress.finish("Failed", FailureReason=reason)
        else:
            self._progress.finish("Completed")

    def _run_trials(self, stop: threading.Event) -> None:
        deadline = time.monotonic() + self._max_seconds
        running: list[_RunningTrial] = []
        started = self._started.total()
        while running or started < self._max_jobs:
            is_stopping = self._is_stopping()
            if stop.is_set() and not is_stopping:
                return
            is_over = is_stopping or time.monotonic() > deadline or self._criteria.is_complete()
            if is_over:
                self._max_jobs = started
                for item in running:
                    self._stop(item)
            while not is_over and len(running) < self._parallel and started < self._max_jobs:
                started += 1
                running.append(self._start_trial())
                self._progress.update(len(running))
            running = [item for item in running if not self._finish_if_over(item)]
            self._progress.update(len(running))
            time.sleep(_POLL_SECONDS)

    def _is_stopping(self) -> bool:
        record = self._backend.records.get(TUNING_JOB, self._region, self._name)
        return bool(record[TUNING_JOB.status_field] == "Stopping")

    def _restore(self, record: Record) -> None:
        name = record.get("TrainingJobDefinitionName", "")
        source = next(one for one in self._searches if one.name == name)
        objective, status = source.definition.objective, record[TRAINING_JOB.status_field]
        if was_cut_off(record):
            self._progress.add_trial(record, objective, None, cut_off=True)
            return
        metric = objective["MetricName"]
        value = _read_final_value(record, metric) if status != "Failed" else None
        values = [point[1] for point in record.get("MetricSeries", {}).get(metric, ())]
        tuned, stopped = record["TunedHyperParameters"], status == "Stopped"
        source.search.restore_trial(tuned, value, values, stopped=stopped)
        self._started[source.name] += 1
        self._progress.add_trial(record, objective, value)

    def _choose_search(self) -> DefinitionSearch:
        """Return the search of the next job: that of the definition with the fewest jobs."""
        left = [one for one in self._searches if self._started[one.name] < one.most]
        return min(left, key=lambda one: self._started[one.name])

    def _start_trial(self) -> _RunningTrial:
        source = self._choose_search()
        self._started[source.name] += 1
        self._submitted += 1
        trial, hyperparameters = source.search.propose()
        name = f"{self._name}-{self._submitted:03d}-{token_hex(4)}"
        more: dict[str, Any] = {"TrainingJobDefinitionName": source.name} if source.name else {}
        tags = self._backend.records.get(TUNING_JOB, self._region, self._name).get("Tags")
        if tags:  # those that were added meanwhile too
            more["Tags"] = tags
        submit(
            self._backend,
            self._region,
            source.definition.make_training_request(name, hyperparameters),
            TuningJobArn=self._record[TUNING_JOB.arn_field],
            TunedHyperParameters=hyperparameters,
            **more,
        )
        return _RunningTrial(source, trial, name)

    def _finish_if_over(self, item: _RunningTrial) -> bool:
        record = self._backend.records.get(TRAINING_JOB, self._region, item.name)
        status = record[TRAINING_JOB.status_field]
        search = item.source.search
        search.report(item.trial, self._read_values(item))
        if status not in _ENDED:
            self._stop_early(item)
            return False
        objective = item.source.definition.objective
        value = _read_final_value(record, objective["MetricName"]) if status != "Failed" else None
        search.finish_trial(item.trial, value, stopped=item.hopeless)
        self._progress.add_trial(record, objective, value)
        return True

    def _read_values(self, item: _RunningTrial) -> list[float]:
        key = TRAINING_JOB.work_key(self._region, item.name)
        metrics = self._backend.live_metrics.get(key, {})
        name = item.source.definition.objective["MetricName"]
        return [value for _, value in metrics.get(name, ())]

    def _stop_early(self, item: _RunningTrial) -> None:
        search = item.source.search
        if item.is_stopped:
            return
        if search.has_used_up(item.trial):
            self._stop(item)
        elif search.is_hopeless(item.trial):
            item.hopeless = True
            self._stop(item)

    def _stop(self, item: _RunningTrial) -> None:
        item.is_stopped = True
        stop_job(self._backend, self._region, item.name)


def _read_final_value(record: Record, metric: str) -> float | None:
    final: dict[str, Any] = {
        item["MetricName"]: item["Value"] for item in record.get("FinalMetricDataList", ())
    }
    value = final.get(metric)
    return value if value is not None and math.isfinite(value) else None
