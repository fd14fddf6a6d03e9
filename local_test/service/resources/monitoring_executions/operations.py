"""ListMonitoringExecutions."""

from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.service_model import select_fields
from local_test.service.backend import Backend
from local_test.service.resources.generic_operations import Output
from local_test.service.resources.monitoring_executions.resource import (
    MONITORING_EXECUTION,
    name_execution,
)
from local_test.service.resources.monitoring_executions.submission import restart_executions
from local_test.service.resources.pagination import (
    PAGE_SIZE,
    make_token,
    parse_token,
    read_interval,
)
from local_test.service.resources.registration import Registration
from local_test.service.storage.records import Record

_ORDERS = {
    "CreationTime": "CreationTime",
    "ScheduledTime": "ScheduledTime",
    "Status": "MonitoringExecutionStatus",
}
_EQUAL = {
    "MonitoringScheduleName": "MonitoringScheduleName",
    "EndpointName": "EndpointName",
    "StatusEquals": "MonitoringExecutionStatus",
    "MonitoringJobDefinitionName": "MonitoringJobDefinitionName",
    "MonitoringTypeEquals": "MonitoringType",
}
_TIMES = ("ScheduledTime", "CreationTime", "LastModifiedTime")


def _list(backend: Backend, call: ApiCall) -> Output:
    request = call.request
    field = _ORDERS[request.get("SortBy", "CreationTime")]
    descending = request.get("SortOrder", "Descending") == "Descending"

    def read_position(record: Record) -> tuple[str | float, str]:
        return record[field], name_execution(record)

    found = sorted(
        (
            record
            for _, record in backend.records.list_all(MONITORING_EXECUTION, call.region)
            if _fits(record, request)
        ),
        key=read_position,
        reverse=descending,
    )
    after = parse_token(request.get("NextToken"))
    if after is not None:
        found = [
            record
            for record in found
            if (read_position(record) < after if descending else read_position(record) > after)
        ]
    size = int(request.get("MaxResults", PAGE_SIZE))
    page = found[:size]
    more = {"NextToken": make_token(read_position(page[-1]))} if len(found) > size else {}
    summaries = [select_fields(record, call.entry_shape) for record in page]
    return {MONITORING_EXECUTION.list_field: summaries} | more


def _fits(record: Record, request: dict[str, str]) -> bool:
    """Return True if a record fits all filters of a request."""
    if any(record.get(field) != request[name] for name, field in _EQUAL.items() if name in request):
        return False
    for field in _TIMES:
        after, before = read_interval(request, field)
        if after is not None and record[field] <= after:
            return False
        if before is not None and record[field] >= before:
            return False
    return True


REGISTRATION = Registration(
    operations={"ListMonitoringExecutions": _list},
    types=(MONITORING_EXECUTION,),
    restart=restart_executions,
)
