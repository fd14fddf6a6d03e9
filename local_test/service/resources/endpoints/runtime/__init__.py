"""SageMaker's runtime API: endpoints that are invoked, at once or in their own time."""

from local_test.service.resources.endpoints.runtime.routes import INVOCATIONS

__all__ = ["INVOCATIONS"]
