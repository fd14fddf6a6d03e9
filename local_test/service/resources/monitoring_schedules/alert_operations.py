"""ListMonitoringAlerts, ListMonitoringAlertHistory, UpdateMonitoringAlert."""

from local_test.service.api.api_errors import ApiError, invalid
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.resources.generic_operations import Operations, Output
from local_test.service.resources.monitor_definitions.resource import MONITORING_SCHEDULE
from local_test.service.resources.monitoring_schedules.alert import ALERT, HISTORY, evaluate_alert
from local_test.service.resources.pagination import read_interval, split_page
from local_test.service.storage.records import Record


def _list(backend: Backend, call: ApiCall) -> Output:
    record = _find_schedule(backend, call)
    page, more = split_page([record[ALERT]], call.request)
    return {"MonitoringAlertSummaries": list(page), **more}


def _list_history(backend: Backend, call: ApiCall) -> Output:
    """List the changes of alerts: of all schedules, or of one.

    Source: API, ListMonitoringAlertHistory: the times of an interval belong to it.
    """
    request = call.request
    if "MonitoringScheduleName" in request:
        schedules = [_find_schedule(backend, call)]
    else:
        schedules = [one for _, one in backend.records.list_all(MONITORING_SCHEDULE, call.region)]
    names = ("MonitoringScheduleName", "MonitoringAlertName")
    entries = [
        {names[0]: schedule[names[0]], names[1]: schedule[ALERT][names[1]], **entry}
        for schedule in schedules
        for entry in schedule[HISTORY]
    ]
    after, before = read_interval(request, "CreationTime")
    found = [
        entry
        for entry in entries
        if entry[names[1]] == request.get(names[1], entry[names[1]])
        and entry["AlertStatus"] == request.get("StatusEquals", entry["AlertStatus"])
        and (after is None or entry["CreationTime"] >= after)
        and (before is None or entry["CreationTime"] <= before)
    ]
    field = "AlertStatus" if request.get("SortBy") == "Status" else "CreationTime"
    descending = request.get("SortOrder", "Descending") == "Descending"
    found.sort(key=lambda entry: (entry[field], entry["CreationTime"]), reverse=descending)
    page, more = split_page(found, request)
    return {"MonitoringAlertHistory": list(page), **more}


def _update(backend: Backend, call: ApiCall) -> Output:
    request = call.request
    changes = {field: request[field] for field in ("DatapointsToAlert", "EvaluationPeriod")}
    if changes["DatapointsToAlert"] > changes["EvaluationPeriod"]:
        raise invalid(
            f"More datapoints than executions: DatapointsToAlert {changes['DatapointsToAlert']}."
            f" Give at most {changes['EvaluationPeriod']}, the EvaluationPeriod."
        )
    with backend.records.lock():
        record, name = _find_schedule(backend, call), request["MonitoringAlertName"]
        if record[ALERT]["MonitoringAlertName"] != name:
            raise ApiError("ResourceNotFound", f"Could not find monitoring alert {name}.")
        evaluate_alert(backend, call.region, record, LastModifiedTime=now(), **changes)
    return {"MonitoringScheduleArn": record["MonitoringScheduleArn"], "MonitoringAlertName": name}


def _find_schedule(backend: Backend, call: ApiCall) -> Record:
    name = call.request["MonitoringScheduleName"]
    return backend.records.get(MONITORING_SCHEDULE, call.region, name)


OPERATIONS: Operations = {
    "ListMonitoringAlerts": _list,
    "ListMonitoringAlertHistory": _list_history,
    "UpdateMonitoringAlert": _update,
}
