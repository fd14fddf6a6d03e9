"""What the page of a model provides to the service."""

from local_test.service.resources.model_pages.page import MODEL_PAGE
from local_test.service.resources.registration import Registration

REGISTRATION = Registration(operations={}, pages=(MODEL_PAGE,))
