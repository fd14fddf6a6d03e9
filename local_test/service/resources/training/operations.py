"""CreateTrainingJob, StopTrainingJob, DescribeTrainingJob, ListTrainingJobs."""

from local_test.service.api.api_errors import invalid
from local_test.service.api.json_protocol import ApiCall
from local_test.service.backend import Backend
from local_test.service.events.state_changes import StateChangeEvents
from local_test.service.resources.experiments.placement import check_placement
from local_test.service.resources.generic_operations import Output, describe, list_all
from local_test.service.resources.lifecycle import fail_unfinished
from local_test.service.resources.registration import Registration
from local_test.service.resources.training.builtin_metrics import add_builtin_metrics
from local_test.service.resources.training.job_request import check_parts
from local_test.service.resources.training.page import TRAINING_PAGE
from local_test.service.resources.training.resource import TRAINING_JOB
from local_test.service.resources.training.spot_interruption import INTERRUPT
from local_test.service.resources.training.submission import check_submission, stop_job, submit


def _create(backend: Backend, call: ApiCall) -> Output:
    check_parts(call.request)
    experiment = call.request.get("ExperimentConfig")
    algorithm = add_builtin_metrics(call.request["AlgorithmSpecification"], experiment)
    request = {**call.request, "AlgorithmSpecification": algorithm}
    check_submission(backend, call.region, request)
    check_placement(backend, call.region, request)
    return {TRAINING_JOB.arn_field: submit(backend, call.region, request)}


def _stop(backend: Backend, call: ApiCall) -> Output:
    status = stop_job(backend, call.region, call.request[TRAINING_JOB.name_field])
    if status != "InProgress":
        raise invalid(f"The request was rejected because the training job is in status {status}.")
    return {}


REGISTRATION = Registration(
    operations={
        "CreateTrainingJob": _create,
        "StopTrainingJob": _stop,
        "DescribeTrainingJob": describe(TRAINING_JOB),
        "ListTrainingJobs": list_all(TRAINING_JOB),
    },
    types=(TRAINING_JOB,),
    pages=(TRAINING_PAGE,),
    restart=fail_unfinished(TRAINING_JOB),
    routes=(INTERRUPT,),
    events=(
        StateChangeEvents(
            TRAINING_JOB,
            "SageMaker Training Job State Change",
            "DescribeTrainingJob",
            ("TrainingJobStatus", "SecondaryStatus"),
        ),
    ),
)
