"""Reject operations that are not implemented: moto would report their work as `Completed`."""

from local_test.service.api.api_errors import invalid
from local_test.service.api.json_protocol import ApiCall
from local_test.service.backend import Backend
from local_test.service.resources.generic_operations import Output
from local_test.service.resources.registration import Registration

NAMES = (
    "CreateAutoMLJob",
    "CreateAutoMLJobV2",
    "CreateCompilationJob",
    "CreateInferenceComponent",
    "CreateLabelingJob",
    "CreateMonitoringSchedule",
    "CreateNotebookInstance",
    "RetryPipelineExecution",
    "SendPipelineExecutionStepFailure",
    "SendPipelineExecutionStepSuccess",
)


def _refuse(_backend: Backend, call: ApiCall) -> Output:
    raise invalid(f"{call.operation} is not done by the local service.")


REGISTRATION = Registration(
    operations=dict.fromkeys(NAMES, _refuse),
)
