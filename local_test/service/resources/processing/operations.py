"""CreateProcessingJob, StopProcessingJob, DescribeProcessingJob, ListProcessingJobs."""

from local_test.service.api.json_protocol import ApiCall
from local_test.service.backend import Backend
from local_test.service.events.state_changes import StateChangeEvents
from local_test.service.resources.experiments.placement import check_placement
from local_test.service.resources.generic_operations import (
    Output,
    describe,
    list_all,
    stop,
)
from local_test.service.resources.lifecycle import fail_unfinished
from local_test.service.resources.processing.page import PROCESSING_PAGE
from local_test.service.resources.processing.resource import PROCESSING_JOB
from local_test.service.resources.processing.submission import submit_job
from local_test.service.resources.registration import Registration


def _create(backend: Backend, call: ApiCall) -> Output:
    check_placement(backend, call.region, call.request)
    record = submit_job(backend, call.region, call.request)
    return {PROCESSING_JOB.arn_field: record[PROCESSING_JOB.arn_field]}


REGISTRATION = Registration(
    operations={
        "CreateProcessingJob": _create,
        "StopProcessingJob": stop(PROCESSING_JOB),
        "DescribeProcessingJob": describe(PROCESSING_JOB),
        "ListProcessingJobs": list_all(PROCESSING_JOB),
    },
    types=(PROCESSING_JOB,),
    pages=(PROCESSING_PAGE,),
    restart=fail_unfinished(PROCESSING_JOB),
    events=(
        StateChangeEvents(
            PROCESSING_JOB,
            "SageMaker Processing Job State Change",
            "DescribeProcessingJob",
            ("ProcessingJobStatus",),
        ),
    ),
)
