"""CreateTrainingJob, StopTrainingJob, DescribeTrainingJob, ListTrainingJobs."""

from local_test.service.backend import Backend
from local_test.service.calls import Call
from local_test.service.faults import invalid
from local_test.service.operations.common import Answer, Operations, describe, list_all
from local_test.service.resources import TRAINING_JOB
from local_test.service.work.training_start import begin, examine, halt


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
