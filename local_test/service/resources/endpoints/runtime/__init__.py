"""SageMaker's runtime API: real-time and asynchronous invocations."""

from local_test.service.resources.endpoints.runtime.instance_addresses import INSTANCES
from local_test.service.resources.endpoints.runtime.routes import INVOCATIONS

__all__ = ["INSTANCES", "INVOCATIONS"]
