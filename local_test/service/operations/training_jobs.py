"""CreateTrainingJob, StopTrainingJob, DescribeTrainingJob, ListTrainingJobs."""

from functools import partial

from local_test.service.backend import Backend
from local_test.service.calls import Call
from local_test.service.faults import invalid
from local_test.service.operations.common import (
    Answer,
    Operations,
    describe,
    key,
    list_all,
    made,
)
from local_test.service.resources import TRAINING_JOB, now
from local_test.service.work.download import objects
from local_test.service.work.progress import Progress
from local_test.service.work.training import Training
from local_test.service.work.training_request import check


def _create(backend: Backend, call: Call) -> Answer:
    request = call.request
    name = request[TRAINING_JOB.name]
    check(request)
    for channel in request.get("InputDataConfig", ()):
        objects(backend.storage(call.region), channel["DataSource"]["S3DataSource"])
    time = now()
    backend.records.add(
        TRAINING_JOB,
        call.region,
        name,
        {"EnableNetworkIsolation": False, "EnableManagedSpotTraining": False}
        | made(TRAINING_JOB, call, time)
        | Progress.first(time),
    )
    work = Training(backend, call.region, name)
    backend.threads.start(key(TRAINING_JOB, call.region, name), work.run)
    return {TRAINING_JOB.arn: TRAINING_JOB.address(call.region, name)}


def _stop(backend: Backend, call: Call) -> Answer:
    name = call.request[TRAINING_JOB.name]
    with backend.records.lock():
        record = backend.records.get(TRAINING_JOB, call.region, name)
        if record[TRAINING_JOB.status] != "InProgress":
            raise invalid(
                "The request was rejected because the training job is in status "
                f"{record[TRAINING_JOB.status]}."
            )
        progress = Progress(partial(backend.records.update, TRAINING_JOB, call.region, name))
        progress.enter(record, "Stopping")
    backend.threads.stop(key(TRAINING_JOB, call.region, name))
    return {}


OPERATIONS: Operations = {
    "CreateTrainingJob": _create,
    "StopTrainingJob": _stop,
    "DescribeTrainingJob": describe(TRAINING_JOB),
    "ListTrainingJobs": list_all(TRAINING_JOB),
}
