"""What trial components of jobs provide to the service: they follow the records of jobs."""

from local_test.service.resources.job_components.tracking import finish_components, track_job
from local_test.service.resources.registration import Registration

REGISTRATION = Registration(operations={}, observers=(track_job,), restart=finish_components)
