"""The resource types of pipelines and their executions."""

from local_test.service.api.resource_type import Resource

PIPELINE = Resource("Pipeline", "pipeline", "PipelineSummaries", "pipeline")
EXECUTION = Resource(
    "PipelineExecution",
    "execution",
    "PipelineExecutionSummaries",
    "pipeline execution",
    job=True,
    tagged=False,
)
