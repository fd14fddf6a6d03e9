"""The operations on tuning jobs, and ListTrainingJobsForHyperParameterTuningJob."""

from typing import Any

from local_test.service.api.api_errors import invalid
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import now, start_record
from local_test.service.backend import Backend
from local_test.service.events.state_changes import StateChangeEvents
from local_test.service.resources.generic_operations import (
    Output,
    describe,
    list_all,
    stop,
)
from local_test.service.resources.lifecycle import fail_unfinished, start_work
from local_test.service.resources.pagination import split_page
from local_test.service.resources.registration import Registration
from local_test.service.resources.training.builtin_metrics import add_builtin_metrics
from local_test.service.resources.training.resource import TRAINING_JOB
from local_test.service.resources.training.submission import check_submission
from local_test.service.resources.tuning.auto_parameters import expand_auto_parameters
from local_test.service.resources.tuning.job_run import (
    TuningRun,
    make_training_request,
    summarize_training_job,
)
from local_test.service.resources.tuning.parameter_ranges import STRATEGIES, check_ranges
from local_test.service.resources.tuning.resource import TUNING_JOB
from local_test.service.storage.record_query import RecordQuery
from local_test.service.storage.records import Record


def _create(backend: Backend, call: ApiCall) -> Output:
    request, name = _complete_metrics(call.request), call.request[TUNING_JOB.name_field]
    _check_request(request)
    check_submission(backend, call.region, make_training_request(request, f"{name}-001", {}))
    config = request["HyperParameterTuningJobConfig"]
    record = start_record(TUNING_JOB, call.region, request, now()) | {
        TUNING_JOB.status_field: "InProgress",
        "Strategy": config["Strategy"],
        "ResourceLimits": config["ResourceLimits"],
    }
    backend.records.add(TUNING_JOB, call.region, name, record)
    work = TuningRun(backend, call.region, name)
    start_work(backend, TUNING_JOB, call.region, name, work.run)
    return {TUNING_JOB.arn_field: record[TUNING_JOB.arn_field]}


def _complete_metrics(request: dict[str, Any]) -> dict[str, Any]:
    definition = request.get("TrainingJobDefinition")
    if definition is None:
        return request
    algorithm = add_builtin_metrics(definition["AlgorithmSpecification"])
    return request | {"TrainingJobDefinition": definition | {"AlgorithmSpecification": algorithm}}


def _check_request(request: dict[str, Any]) -> None:
    for field in ("TrainingJobDefinitions", "WarmStartConfig"):
        if request.get(field):
            raise invalid(f"{field} is not done here.")
    config, definition = (
        request["HyperParameterTuningJobConfig"],
        request.get("TrainingJobDefinition"),
    )
    if definition is None:
        raise invalid("Give a TrainingJobDefinition.")
    if config["Strategy"] not in STRATEGIES:
        raise invalid(f"The strategy {config['Strategy']} is not done here.")
    if "HyperParameterTuningJobObjective" not in config:
        raise invalid("HyperParameterTuningJobConfig needs a HyperParameterTuningJobObjective.")
    metric = config["HyperParameterTuningJobObjective"]["MetricName"]
    defined = [
        item["Name"] for item in definition["AlgorithmSpecification"].get("MetricDefinitions", ())
    ]
    if metric not in defined:
        raise invalid(f"The objective metric {metric} is none of the MetricDefinitions.")
    ranges = config.get("ParameterRanges", {})
    if ranges.get("AutoParameters") and request.get("Autotune", {}).get("Mode") != "Enabled":
        raise invalid("AutoParameters need Autotune: give Autotune with the Mode Enabled.")
    check_ranges(config["Strategy"], expand_auto_parameters(ranges))


def _list_training_jobs(backend: Backend, call: ApiCall) -> Output:
    request = call.request
    job = backend.records.get(TUNING_JOB, call.region, request[TUNING_JOB.name_field])
    query = RecordQuery(
        related=("TuningJobArn", job[TUNING_JOB.arn_field]), status=request.get("StatusEquals")
    )
    records, _ = backend.records.find_page(TRAINING_JOB, call.region, query)
    records.sort(
        key=lambda record: _make_sort_key(record, request), reverse=_is_descending(request)
    )
    page, token = split_page(records, request)
    return {"TrainingJobSummaries": [summarize_training_job(record) for record in page]} | token


def _make_sort_key(record: Record, request: dict[str, Any]) -> tuple[Any, ...]:
    match request.get("SortBy", "Name"):
        case "FinalObjectiveMetricValue":
            metric = record.get("FinalHyperParameterTuningJobObjectiveMetric")
            missing = (metric is None) != _is_descending(request)  # without a value comes last
            return (missing, metric["Value"] if metric else 0.0)
        case "CreationTime":
            return (record["CreationTime"],)
        case "Status":
            return (record[TRAINING_JOB.status_field],)
    return (record[TRAINING_JOB.name_field],)


def _is_descending(request: dict[str, Any]) -> bool:
    return bool(request.get("SortOrder", "Ascending") == "Descending")


REGISTRATION = Registration(
    operations={
        "CreateHyperParameterTuningJob": _create,
        "StopHyperParameterTuningJob": stop(TUNING_JOB),
        "DescribeHyperParameterTuningJob": describe(TUNING_JOB),
        "ListHyperParameterTuningJobs": list_all(TUNING_JOB),
        "ListTrainingJobsForHyperParameterTuningJob": _list_training_jobs,
    },
    types=(TUNING_JOB,),
    restart=fail_unfinished(TUNING_JOB),
    events=(
        StateChangeEvents(
            TUNING_JOB,
            "SageMaker HyperParameter Tuning Job State Change",
            "DescribeHyperParameterTuningJob",
            ("HyperParameterTuningJobStatus",),
        ),
    ),
)
