"""What experiments provide to the service: the operations on them, and their types."""

from local_test.service.resources.experiments.associations import ASSOCIATION_OPERATIONS
from local_test.service.resources.experiments.component_operations import COMPONENT_OPERATIONS
from local_test.service.resources.experiments.experiment_operations import EXPERIMENT_OPERATIONS
from local_test.service.resources.experiments.resource import TYPES
from local_test.service.resources.experiments.trial_operations import TRIAL_OPERATIONS
from local_test.service.resources.registration import Registration

REGISTRATION = Registration(
    operations={
        **EXPERIMENT_OPERATIONS,
        **TRIAL_OPERATIONS,
        **COMPONENT_OPERATIONS,
        **ASSOCIATION_OPERATIONS,
    },
    types=TYPES,
)
