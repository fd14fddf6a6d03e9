"""Bring the newest approved model package of a group behind an endpoint: a Lambda function.

EventBridge calls it for each approval and rejection in the group. The endpoint is created, or
updated by a canary that the alarms roll back. A rejection of the version that serves brings the
newest approved one before it back. Environment: ENDPOINT, GROUP, ROLE (ARN of the models' role),
ALARMS (names, separated by commas), INSTANCE_TYPE, INSTANCE_COUNT, WAIT_SECONDS.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import boto3  # type: ignore[import-untyped]
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

VARIANT = "AllTraffic"
_CANARY_PERCENT = 50


class EndpointBusyError(Exception):
    """The endpoint changes just now; Lambda calls the function again."""


@dataclass(frozen=True)
class Settings:
    """What the function's environment says."""

    endpoint: str
    group: str
    role: str
    alarms: tuple[str, ...]
    instance_type: str
    instance_count: int
    wait_seconds: int

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        """Return the settings. Raises KeyError when one is missing."""
        return cls(
            environment["ENDPOINT"],
            environment["GROUP"],
            environment["ROLE"],
            tuple(name for name in environment["ALARMS"].split(",") if name),
            environment["INSTANCE_TYPE"],
            int(environment["INSTANCE_COUNT"]),
            int(environment["WAIT_SECONDS"]),
        )


def handle(_event: Mapping[str, Any], context: Any) -> dict[str, str]:
    """Deploy the newest approved package unless it serves already; return what was done.

    Raises EndpointBusyError while the endpoint changes.
    """
    settings = Settings.read(os.environ)
    result = deploy_newest(boto3.client("sagemaker"), settings, context.aws_request_id[:8])
    print(result)
    return result


def deploy_newest(sagemaker: Any, settings: Settings, suffix: str) -> dict[str, str]:
    """Deploy as `handle` does, with a suffix for the names of model and configuration."""
    package = find_newest_approved(sagemaker, settings.group)
    if package is None:
        return {"done": "nothing", "reason": f"no approved package in {settings.group}"}
    described = remove_failed(sagemaker, find_endpoint(sagemaker, settings.endpoint))
    if described is not None and described["EndpointStatus"] != "InService":
        raise EndpointBusyError(f"{settings.endpoint} is {described['EndpointStatus']}")
    if described is not None and package in list_packages(sagemaker, described):
        return {"done": "nothing", "reason": f"{settings.endpoint} serves {package} already"}
    version = package.rsplit("/", 1)[-1]
    name = f"{settings.endpoint}-{version}-{suffix}"
    create_configuration(sagemaker, settings, name, package)
    if described is None:
        sagemaker.create_endpoint(EndpointName=settings.endpoint, EndpointConfigName=name)
        return {"done": "created", "package": package}
    sagemaker.update_endpoint(
        EndpointName=settings.endpoint,
        EndpointConfigName=name,
        DeploymentConfig=make_deployment(settings),
    )
    return {"done": "updated", "package": package}


def find_newest_approved(sagemaker: Any, group: str) -> str | None:
    """Return the ARN of the approved package with the greatest version, None without one."""
    pages = sagemaker.get_paginator("list_model_packages").paginate(
        ModelPackageGroupName=group, ModelApprovalStatus="Approved"
    )
    packages = [package for page in pages for package in page["ModelPackageSummaryList"]]
    newest = max(packages, key=lambda package: package["ModelPackageVersion"], default=None)
    return newest["ModelPackageArn"] if newest else None


def find_endpoint(sagemaker: Any, name: str) -> dict[str, Any] | None:
    """Return the description of an endpoint, None when there is none."""
    try:
        return dict(sagemaker.describe_endpoint(EndpointName=name))
    except ClientError as error:
        if "Could not find" in error.response["Error"]["Message"]:
            return None
        raise


def remove_failed(sagemaker: Any, described: dict[str, Any] | None) -> dict[str, Any] | None:
    """Delete an endpoint that has failed, as it cannot be updated; return None for it.

    `described` is the description of an endpoint, which is returned if it has not failed.
    """
    if described is None or described["EndpointStatus"] != "Failed":
        return described
    name = described["EndpointName"]
    sagemaker.delete_endpoint(EndpointName=name)
    waiter = sagemaker.get_waiter("endpoint_deleted")
    waiter.wait(EndpointName=name, WaiterConfig={"Delay": 2, "MaxAttempts": 20})
    return None


def list_packages(sagemaker: Any, endpoint: Mapping[str, Any]) -> list[str]:
    """Return the ARNs of the packages whose models an endpoint serves."""
    config = sagemaker.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
    models = [
        sagemaker.describe_model(ModelName=variant["ModelName"])
        for variant in config["ProductionVariants"]
    ]
    containers = [
        container
        for model in models
        for container in [*model.get("Containers", ()), model.get("PrimaryContainer", {})]
    ]
    return [
        container["ModelPackageName"] for container in containers if "ModelPackageName" in container
    ]


def create_configuration(sagemaker: Any, settings: Settings, name: str, package: str) -> None:
    """Create the model of a package and an endpoint configuration, both of this name."""
    sagemaker.create_model(
        ModelName=name,
        Containers=[{"ModelPackageName": package}],
        ExecutionRoleArn=settings.role,
    )
    sagemaker.create_endpoint_config(
        EndpointConfigName=name,
        ProductionVariants=[
            {
                "VariantName": VARIANT,
                "ModelName": name,
                "InstanceType": settings.instance_type,
                "InitialInstanceCount": settings.instance_count,
            }
        ],
    )


def make_deployment(settings: Settings) -> dict[str, Any]:
    """Return the configuration of an update: half of the capacity first, watched by the alarms."""
    canary = {"Type": "CAPACITY_PERCENT", "Value": _CANARY_PERCENT}
    config: dict[str, Any] = {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": {
                "Type": "CANARY",
                "CanarySize": canary,
                "WaitIntervalInSeconds": settings.wait_seconds,
            },
            "TerminationWaitInSeconds": settings.wait_seconds,
            "MaximumExecutionTimeoutInSeconds": max(600, 4 * settings.wait_seconds),
        }
    }
    if settings.alarms:
        alarms = [{"AlarmName": name} for name in settings.alarms]
        config["AutoRollbackConfiguration"] = {"Alarms": alarms}
    return config
