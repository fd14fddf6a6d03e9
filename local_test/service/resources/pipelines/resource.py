"""The resource types of pipelines and their executions."""

from local_test.service.api.resource_type import ResourceType

PIPELINE = ResourceType("Pipeline", "pipeline", "PipelineSummaries", "pipeline")
EXECUTION = ResourceType(
    "PipelineExecution",
    "execution",
    "PipelineExecutionSummaries",
    "pipeline execution",
    is_job=True,
    tagged=False,
)
