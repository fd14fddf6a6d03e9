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
from local_test.service.resources.lifecycle import start_work
from local_test.service.resources.pagination import split_page
from local_test.service.resources.registration import Registration
from local_test.service.resources.training.resource import TRAINING_JOB
from local_test.service.resources.training.submission import check_submission
from local_test.service.resources.tuning.definitions import read_definitions
from local_test.service.resources.tuning.hyperband import read_resources
from local_test.service.resources.tuning.job_run import TuningRun
from local_test.service.resources.tuning.pages.page import TUNING_PAGE
from local_test.service.resources.tuning.progress import summarize_training_job
from local_test.service.resources.tuning.ranges.auto_parameters import FIELD, choose_ranges
from local_test.service.resources.tuning.request_defaults import complete_request
from local_test.service.resources.tuning.resource import TUNING_JOB
from local_test.service.resources.tuning.restart import resume_runs
from local_test.service.resources.tuning.warm_start import check_parents
from local_test.service.storage.record_query import RecordQuery
from local_test.service.storage.records import Record


def _create(backend: Backend, call: ApiCall) -> Output:
    request, name = complete_request(call.request), call.request[TUNING_JOB.name_field]
    request[FIELD] = choose_ranges(backend, request)
    config = request["HyperParameterTuningJobConfig"]
    for definition in read_definitions(request):
        read_resources(config, definition.content.get("StaticHyperParameters", {}))
        check_submission(backend, call.region, definition.make_training_request(f"{name}-001", {}))
    check_parents(backend, call.region, request)
    record = start_record(TUNING_JOB, call.region, request, now()) | {
        TUNING_JOB.status_field: "InProgress",
        "Strategy": config["Strategy"],
        "ResourceLimits": config["ResourceLimits"],
    }
    backend.records.add(TUNING_JOB, call.region, name, record)
    work = TuningRun(backend, call.region, name)
    start_work(backend, TUNING_JOB, call.region, name, work.run)
    return {TUNING_JOB.arn_field: record[TUNING_JOB.arn_field]}


def _delete(backend: Backend, call: ApiCall) -> Output:
    """Delete the entry of a tuning job that has ended; its training jobs and artifacts stay."""
    name = call.request[TUNING_JOB.name_field]
    with backend.records.lock():
        status = backend.records.get(TUNING_JOB, call.region, name)[TUNING_JOB.status_field]
        if status in {"InProgress", "Stopping"}:
            raise invalid(
                f"The request was rejected because the tuning job is in status {status}: {name}. "
                "Stop it first."
            )
        backend.records.remove(TUNING_JOB, call.region, name)
    return {}


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
        "DeleteHyperParameterTuningJob": _delete,
        "StopHyperParameterTuningJob": stop(TUNING_JOB),
        "DescribeHyperParameterTuningJob": describe(TUNING_JOB),
        "ListHyperParameterTuningJobs": list_all(TUNING_JOB),
        "ListTrainingJobsForHyperParameterTuningJob": _list_training_jobs,
    },
    types=(TUNING_JOB,),
    restart=resume_runs,
    pages=(TUNING_PAGE,),
    events=(
        StateChangeEvents(
            TUNING_JOB,
            "SageMaker HyperParameter Tuning Job State Change",
            "DescribeHyperParameterTuningJob",
            ("HyperParameterTuningJobStatus",),
        ),
    ),
)
