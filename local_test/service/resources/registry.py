"""The operations of SageMaker that are done here; all others are moto's.

To add one, write a module with `OPERATIONS` and put it in `MODULES`.
"""

from local_test.service.resources import tags, unsupported
from local_test.service.resources.endpoint_configs import operations as endpoint_configs
from local_test.service.resources.endpoints import operations as endpoints
from local_test.service.resources.generic_operations import Operation, Operations
from local_test.service.resources.models import operations as models
from local_test.service.resources.pipelines import execution_operations
from local_test.service.resources.pipelines import operations as pipelines
from local_test.service.resources.processing import operations as processing_jobs
from local_test.service.resources.training import operations as training_jobs
from local_test.service.resources.transform import operations as transform_jobs
from local_test.service.resources.tuning import operations as tuning_jobs

MODULES: tuple[Operations, ...] = (
    training_jobs.OPERATIONS,
    models.OPERATIONS,
    endpoint_configs.OPERATIONS,
    endpoints.OPERATIONS,
    transform_jobs.OPERATIONS,
    tuning_jobs.OPERATIONS,
    pipelines.OPERATIONS,
    execution_operations.OPERATIONS,
    processing_jobs.OPERATIONS,
    tags.OPERATIONS,
    unsupported.OPERATIONS,
)

OPERATIONS: Operations = {name: run for module in MODULES for name, run in module.items()}

__all__ = ["OPERATIONS", "Operation"]
