"""What the tracking of lineage provides to the service: it starts with the service."""

from local_test.service.resources.lineage_tracking.tracker import start_tracking
from local_test.service.resources.registration import Registration

REGISTRATION = Registration(operations={}, restart=start_tracking)
