"""CreateHyperParameterTuningJob, its Stop, Describe and List, and the list of its training jobs."""

from typing import Any

from local_test.service.api.api_errors import invalid
from local_test.service.api.json_protocol import Call
from local_test.service.api.resource_type import begun, now
from local_test.service.backend import Backend
from local_test.service.resources.generic_operations import (
    Answer,
    describe,
    list_all,
    stop,
)
from local_test.service.resources.lifecycle import fail_unfinished, launch
from local_test.service.resources.registration import Registration
from local_test.service.resources.training.resource import TRAINING_JOB
from local_test.service.resources.training.submission import examine
from local_test.service.resources.tuning.job_run import Tuning, summary, training_request
from local_test.service.resources.tuning.resource import TUNING_JOB
from local_test.service.resources.tuning.search_strategy import STRATEGIES, check_ranges
from local_test.service.storage.records import Record

_PAGE = 10


def _create(backend: Backend, call: Call) -> Answer:
    request, name = call.request, call.request[TUNING_JOB.name]
    _check(request)
    examine(backend, call.region, training_request(request, f"{name}-001", {}))
    config = request["HyperParameterTuningJobConfig"]
    record = begun(TUNING_JOB, call.region, request, now()) | {
        TUNING_JOB.status: "InProgress",
        "Strategy": config["Strategy"],
        "ResourceLimits": config["ResourceLimits"],
    }
    backend.records.add(TUNING_JOB, call.region, name, record)
    work = Tuning(backend, call.region, name)
    launch(backend, TUNING_JOB, call.region, name, work.run)
    return {TUNING_JOB.arn: record[TUNING_JOB.arn]}


def _check(request: dict[str, Any]) -> None:
    for field in ("TrainingJobDefinitions", "WarmStartConfig", "Autotune"):
        if request.get(field):
            raise invalid(f"{field} is not done here.")
    config, told = request["HyperParameterTuningJobConfig"], request.get("TrainingJobDefinition")
    if told is None:
        raise invalid("Give a TrainingJobDefinition.")
    if config["Strategy"] not in STRATEGIES:
        raise invalid(f"The strategy {config['Strategy']} is not done here.")
    if "HyperParameterTuningJobObjective" not in config:
        raise invalid("HyperParameterTuningJobConfig needs a HyperParameterTuningJobObjective.")
    metric = config["HyperParameterTuningJobObjective"]["MetricName"]
    defined = [item["Name"] for item in told["AlgorithmSpecification"].get("MetricDefinitions", ())]
    if metric not in defined:
        raise invalid(f"The objective metric {metric} is none of the MetricDefinitions.")
    check_ranges(config["Strategy"], config.get("ParameterRanges", {}))


def _trials(backend: Backend, call: Call) -> Answer:
    request = call.request
    job = backend.records.get(TUNING_JOB, call.region, request[TUNING_JOB.name])
    found = [
        record
        for _, record in backend.records.every(TRAINING_JOB, call.region)
        if record.get("TuningJobArn") == job[TUNING_JOB.arn]
        and request.get("StatusEquals") in {None, record[TRAINING_JOB.status]}
    ]
    found.sort(key=lambda record: _order(record, request), reverse=_reversed(request))
    start = int(request.get("NextToken", 0))
    end = start + int(request.get("MaxResults", _PAGE))
    token = {"NextToken": str(end)} if end < len(found) else {}
    return {"TrainingJobSummaries": [summary(record) for record in found[start:end]]} | token


def _order(record: Record, request: dict[str, Any]) -> tuple[Any, ...]:
    match request.get("SortBy", "Name"):
        case "FinalObjectiveMetricValue":
            told = record.get("FinalHyperParameterTuningJobObjectiveMetric")
            missing = (told is None) != _reversed(request)  # without a value comes last
            return (missing, told["Value"] if told else 0.0)
        case "CreationTime":
            return (record["CreationTime"],)
        case "Status":
            return (record[TRAINING_JOB.status],)
    return (record[TRAINING_JOB.name],)


def _reversed(request: dict[str, Any]) -> bool:
    return bool(request.get("SortOrder", "Ascending") == "Descending")


REGISTRATION = Registration(
    operations={
        "CreateHyperParameterTuningJob": _create,
        "StopHyperParameterTuningJob": stop(TUNING_JOB),
        "DescribeHyperParameterTuningJob": describe(TUNING_JOB),
        "ListHyperParameterTuningJobs": list_all(TUNING_JOB),
        "ListTrainingJobsForHyperParameterTuningJob": _trials,
    },
    types=(TUNING_JOB,),
    restart=fail_unfinished(TUNING_JOB),
)
