"""All operations on pipelines and on their executions."""

from local_test.service.resources.pipelines import (
    control_operations,
    execution_operations,
    pipeline_operations,
    version_operations,
)
from local_test.service.resources.pipelines.pages.comparison import COMPARISON
from local_test.service.resources.pipelines.pages.page import EXECUTION_PAGE, PIPELINE_PAGE
from local_test.service.resources.pipelines.resource import EXECUTION, PIPELINE
from local_test.service.resources.pipelines.status_events import EXECUTION_EVENTS, STEP_EVENTS
from local_test.service.resources.pipelines.steps import callback_tokens
from local_test.service.resources.registration import Registration

REGISTRATION = Registration(
    operations={
        **pipeline_operations.OPERATIONS,
        **version_operations.OPERATIONS,
        **execution_operations.OPERATIONS,
        **control_operations.OPERATIONS,
        **callback_tokens.OPERATIONS,
    },
    types=(PIPELINE, EXECUTION, version_operations.VERSION, callback_tokens.CALLBACK),
    restart=control_operations.resume_executions,
    pages=(PIPELINE_PAGE, EXECUTION_PAGE),
    views=(COMPARISON,),
    events=(EXECUTION_EVENTS, STEP_EVENTS),
)
