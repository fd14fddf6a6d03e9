"""The operations on AutoML jobs of both versions, and ListCandidatesForAutoMLJob."""

from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import now, start_record
from local_test.service.api.service_model import select_fields
from local_test.service.backend import Backend
from local_test.service.resources.automl_jobs.candidate_list import sort_candidates
from local_test.service.resources.automl_jobs.page import AUTOML_PAGE
from local_test.service.resources.automl_jobs.reports.report_view import REPORT_VIEW
from local_test.service.resources.automl_jobs.resource import AUTOML_JOB, SECONDARY
from local_test.service.resources.generic_operations import (
    Operation,
    Output,
    describe,
    list_all,
    stop,
)
from local_test.service.resources.lifecycle import fail_unfinished, start_work
from local_test.service.resources.pagination import split_page
from local_test.service.resources.registration import Registration
from local_test.service.storage.s3 import parse_uri
from local_test.service.storage.s3_input import list_objects

_PAGE_SIZE = 10


def _create(version: int) -> Operation:
    """Return the operation that creates a job of version 1 or 2."""

    def answer(backend: Backend, call: ApiCall) -> Output:
        # A service without AutoML need not wait for numpy.
        from local_test.service.resources.automl_jobs.job_request import make_record
        from local_test.service.resources.automl_jobs.job_run import AutoMLRun
        from local_test.service.resources.automl_jobs.service_runner import list_images

        request = make_record(call.request, version)
        for uri in list_images(call.region):
            backend.check_image(uri, "training")
        storage = backend.storage(call.region)
        for channel in request["AutoMLJobInputDataConfig"]:
            list_objects(storage, channel["DataSource"]["S3DataSource"])
        storage.require_bucket(parse_uri(request["OutputDataConfig"]["S3OutputPath"]).bucket)
        name = request[AUTOML_JOB.name_field]
        record = start_record(AUTOML_JOB, call.region, request, now()) | {
            AUTOML_JOB.status_field: "InProgress",
            SECONDARY: "Starting",
        }
        backend.records.add(AUTOML_JOB, call.region, name, record)
        start_work(
            backend, AUTOML_JOB, call.region, name, AutoMLRun(backend, call.region, name).run
        )
        return {AUTOML_JOB.arn_field: record[AUTOML_JOB.arn_field]}

    return answer


def _list_candidates(backend: Backend, call: ApiCall) -> Output:
    record = backend.records.get(AUTOML_JOB, call.region, call.request[AUTOML_JOB.name_field])
    candidates = sort_candidates(record.get("Candidates", ()), call.request)
    page, token = split_page(candidates, call.request, _PAGE_SIZE)
    return {"Candidates": [select_fields(one, call.entry_shape) for one in page]} | token


REGISTRATION = Registration(
    operations={
        "CreateAutoMLJob": _create(1),
        "CreateAutoMLJobV2": _create(2),
        "DescribeAutoMLJob": describe(AUTOML_JOB),
        "DescribeAutoMLJobV2": describe(AUTOML_JOB),
        "ListAutoMLJobs": list_all(AUTOML_JOB),
        "StopAutoMLJob": stop(AUTOML_JOB),
        "ListCandidatesForAutoMLJob": _list_candidates,
    },
    types=(AUTOML_JOB,),
    restart=fail_unfinished(AUTOML_JOB),
    pages=(AUTOML_PAGE,),
    views=(REPORT_VIEW,),
)
