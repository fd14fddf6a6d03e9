"""CreateTrainingJob, StopTrainingJob, DescribeTrainingJob, ListTrainingJobs."""

from local_test.service.api.api_errors import invalid
from local_test.service.api.json_protocol import Call
from local_test.service.api.resource_type import TRAINING_JOB
from local_test.service.backend import Backend
from local_test.service.resources.generic_operations import Answer, Operations, describe, list_all
from local_test.service.resources.training.submission import begin, examine, halt


def _create(backend: Backend, call: Call) -> Answer:
    examine(backend, call.region, call.request)
    return {TRAINING_JOB.arn: begin(backend, call.region, call.request)}


def _stop(backend: Backend, call: Call) -> Answer:
    name = call.request[TRAINING_JOB.name]
    status = backend.records.get(TRAINING_JOB, call.region, name)[TRAINING_JOB.status]
    if status != "InProgress":
        raise invalid(f"The request was rejected because the training job is in status {status}.")
    halt(backend, call.region, name)
    return {}


OPERATIONS: Operations = {
    "CreateTrainingJob": _create,
    "StopTrainingJob": _stop,
    "DescribeTrainingJob": describe(TRAINING_JOB),
    "ListTrainingJobs": list_all(TRAINING_JOB),
}
