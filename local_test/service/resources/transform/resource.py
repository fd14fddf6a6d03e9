"""The resource type of batch transform jobs."""

from local_test.service.api.resource_type import Resource

TRANSFORM_JOB = Resource(
    "TransformJob", "transform-job", "TransformJobSummaries", "transform job", job=True
)
