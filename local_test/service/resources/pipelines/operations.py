"""All operations on pipelines and on their executions."""

from local_test.service.resources.lifecycle import fail_unfinished
from local_test.service.resources.pipelines import execution_operations, pipeline_operations
from local_test.service.resources.pipelines.resource import EXECUTION, PIPELINE
from local_test.service.resources.pipelines.status_events import EXECUTION_EVENTS, STEP_EVENTS
from local_test.service.resources.pipelines.steps import callback_tokens
from local_test.service.resources.registration import Registration

REGISTRATION = Registration(
    operations={
        **pipeline_operations.OPERATIONS,
        **execution_operations.OPERATIONS,
        **callback_tokens.OPERATIONS,
    },
    types=(PIPELINE, EXECUTION, callback_tokens.CALLBACK),
    restart=fail_unfinished(EXECUTION),
    events=(EXECUTION_EVENTS, STEP_EVENTS),
)
