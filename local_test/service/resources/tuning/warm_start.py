"""Warm start: a tuning job learns from the training jobs of up to five earlier ones.

Source: API, HyperParameterTuningJobWarmStartConfig; Developer Guide, 'Run a Warm Start
Hyperparameter Tuning Job'.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local_test.service.api.api_errors import invalid
from local_test.service.backend import Backend
from local_test.service.resources.training.resource import TRAINING_JOB
from local_test.service.resources.tuning.definitions import TuningDefinition, read_definitions
from local_test.service.resources.tuning.resource import TUNING_JOB
from local_test.service.storage.record_query import RecordQuery
from local_test.service.storage.records import Record

IDENTICAL = "IdenticalDataAndAlgorithm"
_SAME = {"AlgorithmSpecification.TrainingImage": "training image", "InputDataConfig": "input data"}


@dataclass(frozen=True)
class ParentResult:
    """A training job of a parent: its hyperparameters, static ones too, and its objective value."""

    hyperparameters: Mapping[str, str]
    value: float


def list_parents(request: Mapping[str, Any]) -> list[str]:
    """Return the names of the parents of a request or a record, [] without any."""
    config = request.get("WarmStartConfig") or {}
    parents = config.get("ParentHyperParameterTuningJobs", ())
    return [parent[TUNING_JOB.name_field] for parent in parents]


def find_kept_parents(backend: Backend, region: str, record: Record) -> list[Record]:
    """Return the records of a tuning job's parents, without those that were deleted meanwhile."""
    names = tuple(list_parents(record))
    found, _ = backend.records.find_page(TUNING_JOB, region, RecordQuery(names=names))
    return found


def check_parents(backend: Backend, region: str, request: Mapping[str, Any]) -> None:
    """Raise ApiError when a parent is missing, has not ended, or does not fit the request."""
    if not request.get("WarmStartConfig"):
        return
    definition, *more = read_definitions(request)
    if more:
        raise invalid("WarmStartConfig takes a single TrainingJobDefinition.")
    for name in list_parents(request):
        parent = backend.records.get(TUNING_JOB, region, name)
        status = parent[TUNING_JOB.status_field]
        if status in {"InProgress", "Stopping"}:
            raise invalid(
                f"Parent tuning job {name} is in status {status}. Wait until it has ended."
            )
        other, *more = read_definitions(parent)
        if more:
            raise invalid(
                f"Parent tuning job {name} has several definitions; warm start takes one."
            )
        if dict(other.objective) != dict(definition.objective):
            raise invalid(
                f"Parent tuning job {name} has another objective: {other.objective['Type']} "
                f"{other.objective['MetricName']}."
            )
        if request["WarmStartConfig"]["WarmStartType"] == IDENTICAL:
            _check_identical(name, definition, other)


def _check_identical(name: str, definition: TuningDefinition, other: TuningDefinition) -> None:
    for path, what in _SAME.items():
        if _read(definition.content, path) != _read(other.content, path):
            raise invalid(
                f"Parent tuning job {name} has other {what}: {IDENTICAL} needs the same. Use "
                "TransferLearning."
            )


def _read(content: Mapping[str, Any], path: str) -> Any:
    value: Any = content
    for part in path.split("."):
        value = value.get(part, {})
    return value


def list_parent_results(backend: Backend, region: str, parent: str) -> Iterator[ParentResult]:
    """Yield the training jobs of a parent, by its name, that have a value of its objective.

    They are kept when the parent is deleted.
    """
    query = RecordQuery(related=("TuningJobArn", TUNING_JOB.make_arn(region, parent)))
    records, _ = backend.records.find_page(TRAINING_JOB, region, query)
    for record in records:
        metric = record.get("FinalHyperParameterTuningJobObjectiveMetric")
        if metric is not None:
            yield ParentResult(record["HyperParameters"], float(metric["Value"]))
