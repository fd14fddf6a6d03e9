"""The resource type of models."""

from local_test.service.api.resource_type import Resource

MODEL = Resource("Model", "model", "Models", "model")
