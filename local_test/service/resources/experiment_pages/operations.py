"""What the pages of experiments provide to the service."""

from local_test.service.resources.experiment_pages.page import EXPERIMENT_VIEW
from local_test.service.resources.registration import Registration

REGISTRATION = Registration(operations={}, views=(EXPERIMENT_VIEW,))
