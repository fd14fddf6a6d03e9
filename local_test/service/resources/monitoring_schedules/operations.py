"""The operations of monitoring schedules and of their alerts."""

from local_test.service.resources.monitor_definitions.resource import MONITORING_SCHEDULE
from local_test.service.resources.monitoring_schedules import (
    alert_operations,
    schedule_operations,
)
from local_test.service.resources.monitoring_schedules.agenda import list_firings
from local_test.service.resources.monitoring_schedules.alert import follow_execution
from local_test.service.resources.monitoring_schedules.capture_view import CAPTURE_VIEW
from local_test.service.resources.monitoring_schedules.page import SCHEDULE_PAGE
from local_test.service.resources.registration import Registration

REGISTRATION = Registration(
    operations={**schedule_operations.OPERATIONS, **alert_operations.OPERATIONS},
    types=(MONITORING_SCHEDULE,),
    pages=(SCHEDULE_PAGE,),
    views=(CAPTURE_VIEW,),
    observers=(follow_execution,),
    agenda=list_firings,
)
