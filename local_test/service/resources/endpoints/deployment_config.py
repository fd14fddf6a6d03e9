"""DeploymentConfig: how traffic moves to new containers, and which alarms move it back."""

from local_test.service.api.api_errors import invalid
from local_test.service.api.json_protocol import ApiCall
from local_test.service.backend import Backend


def refuse_deployment_config(backend: Backend, call: ApiCall) -> None:
    """Raise ApiError when a request has a DeploymentConfig, with the alarms that do not exist."""
    config = call.request.get("DeploymentConfig")
    if not config:
        return
    rollback = config.get("AutoRollbackConfiguration", {})
    named = [alarm["AlarmName"] for alarm in rollback.get("Alarms", ())]
    if named:
        found = backend.aws.client("cloudwatch", call.region).describe_alarms(AlarmNames=named)
        alarms = [*found.get("MetricAlarms", ()), *found.get("CompositeAlarms", ())]
        missing = set(named) - {alarm["AlarmName"] for alarm in alarms}
        if missing:
            raise invalid(
                f"DeploymentConfig names alarms that do not exist: {', '.join(sorted(missing))}. "
                "Create them with PutMetricAlarm."
            )
    raise invalid(
        f"DeploymentConfig of {call.operation} is not supported by the local service. Leave it "
        "out: the new containers take over when all of them are healthy."
    )
