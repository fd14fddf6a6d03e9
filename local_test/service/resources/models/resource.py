"""The resource type of models."""

from local_test.service.api.resource_type import ResourceType

MODEL = ResourceType("Model", "model", "Models", "model", shown=True)
