"""Convert a CreateTrainingJob request to a local training job."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from local_test.engines.aws_access import AwsAccess
from local_test.jobs import Channel, TrainingJob
from local_test.platform.limits import DEFAULT_RUNTIME_SECONDS, check_command, check_instances
from local_test.platform.metrics import MetricDefinition
from local_test.service.api.api_errors import invalid
from local_test.service.images.local_image import LocalImage
from local_test.service.storage.records import Record

CHECKPOINTS = "/opt/ml/checkpoints"


def check_request(request: Mapping[str, Any]) -> None:
    """Check a request. Raises ApiError or UserError when it is invalid or not supported here."""
    check_parts(request)
    algorithm = request["AlgorithmSpecification"]
    if "TrainingImage" not in algorithm:
        raise invalid("AlgorithmSpecification needs a TrainingImage; no other algorithm is here.")
    check_command(*_read_command(algorithm))
    for definition in algorithm.get("MetricDefinitions", ()):
        _check_metric(definition)
    names = [channel["ChannelName"] for channel in request.get("InputDataConfig", ())]
    for name in names:
        if names.count(name) > 1:
            raise invalid(f"The channel name {name} is given more than once.")
    for channel in request.get("InputDataConfig", ()):
        _check_channel(channel)
    local = request.get("CheckpointConfig", {}).get("LocalPath", CHECKPOINTS)
    if local.rstrip("/") != CHECKPOINTS:
        raise invalid(f"CheckpointConfig.LocalPath {local}: only {CHECKPOINTS} is kept here.")
    count = request.get("ResourceConfig", {}).get("InstanceCount")
    if count is None:
        raise invalid("ResourceConfig needs an InstanceCount; instance groups are not run here.")
    check_instances(count)


def _read_command(algorithm: Mapping[str, Any]) -> tuple[Sequence[str], Sequence[str]]:
    """Return entrypoint and arguments of an AlgorithmSpecification, empty where not given."""
    return algorithm.get("ContainerEntrypoint", ()), algorithm.get("ContainerArguments", ())


def check_parts(request: Mapping[str, Any]) -> None:
    """Raise ApiError when a request has not the parts that a container needs."""
    for field in ("AlgorithmSpecification", "OutputDataConfig", "ResourceConfig"):
        if field not in request:
            raise invalid(f"{field} is missing: only jobs with containers of their own run here.")


def _check_metric(definition: Mapping[str, str]) -> None:
    try:
        groups = re.compile(definition["Regex"]).groups
    except re.error as error:
        raise invalid(f"The regex of metric {definition['Name']} is invalid: {error}.") from error
    if not groups:
        raise invalid(f"The regex of metric {definition['Name']} has no group for its value.")


def _check_channel(channel: Mapping[str, Any]) -> None:
    name, source = channel["ChannelName"], channel["DataSource"].get("S3DataSource")
    if name in {".", ".."}:
        raise invalid(f"Channel {name!r}: no folder can have this name.")
    if source is None:
        raise invalid(f"Channel {name}: only an S3DataSource can be read here.")
    if source["S3DataType"] not in {"S3Prefix", "ManifestFile"}:
        raise invalid(f"Channel {name}: S3DataType {source['S3DataType']} cannot be read here.")


def read_metric_definitions(record: Record) -> Sequence[MetricDefinition]:
    """Return the job's metric definitions."""
    definitions = record["AlgorithmSpecification"].get("MetricDefinitions", ())
    return [MetricDefinition(item["Name"], re.compile(item["Regex"])) for item in definitions]


def make_channel(definition: Mapping[str, Any], path: Path) -> Channel:
    """Return the channel of a definition, with its objects in the folder `path`."""
    source = definition["DataSource"]["S3DataSource"]
    return Channel(
        definition["ChannelName"],
        path,
        definition.get("ContentType"),
        input_mode=definition.get("InputMode"),
        distribution=source.get("S3DataDistributionType", "FullyReplicated"),
        record_wrapper=definition.get("RecordWrapperType", "None"),
    )


def make_job(
    record: Record,
    image: LocalImage,
    channels: Sequence[Channel],
    checkpoints: Path | None,
    aws: AwsAccess,
) -> TrainingJob:
    """Return the training job for the engines."""
    stopping, resources = record.get("StoppingCondition", {}), record["ResourceConfig"]
    entrypoint, arguments = _read_command(record["AlgorithmSpecification"])
    return TrainingJob(
        image=image.name,
        channels=channels,
        hyperparameters=record.get("HyperParameters", {}),
        environment={**image.environment, **record.get("Environment", {})},
        name=record["TrainingJobName"],
        arn=record["TrainingJobArn"],
        max_runtime=stopping.get("MaxRuntimeInSeconds", DEFAULT_RUNTIME_SECONDS),
        instance_count=resources["InstanceCount"],
        instance_type=resources.get("InstanceType", "local"),
        checkpoints=checkpoints,
        metrics=read_metric_definitions(record),
        input_mode=record["AlgorithmSpecification"]["TrainingInputMode"],
        isolated=record["EnableNetworkIsolation"],
        entrypoint=entrypoint,
        arguments=arguments,
        aws=aws,
    )
