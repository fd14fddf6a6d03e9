"""SageMaker's runtime API: endpoints that are invoked, at once or in their own time."""

from local_test.service.resources.endpoints.runtime.routes import answer, asked_for

__all__ = ["answer", "asked_for"]
