"""The operations of SageMaker that are done here; all others are moto's.

To add one, write a module with `OPERATIONS` and put it in `MODULES`.
"""

from local_test.service.operations import (
    endpoint_configs,
    endpoints,
    models,
    not_done,
    pipeline_executions,
    pipelines,
    processing_jobs,
    tags,
    training_jobs,
    transform_jobs,
    tuning_jobs,
)
from local_test.service.operations.common import Operation, Operations

MODULES: tuple[Operations, ...] = (
    training_jobs.OPERATIONS,
    models.OPERATIONS,
    endpoint_configs.OPERATIONS,
    endpoints.OPERATIONS,
    transform_jobs.OPERATIONS,
    tuning_jobs.OPERATIONS,
    pipelines.OPERATIONS,
    pipeline_executions.OPERATIONS,
    processing_jobs.OPERATIONS,
    tags.OPERATIONS,
    not_done.OPERATIONS,
)

OPERATIONS: Operations = {name: run for module in MODULES for name, run in module.items()}

__all__ = ["OPERATIONS", "Operation"]
