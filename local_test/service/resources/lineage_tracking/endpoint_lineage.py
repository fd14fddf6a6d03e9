"""The lineage of endpoints: a context, and an action for each deployment of other models.

Source: Developer Guide, 'Amazon SageMaker-Created Tracking Entities', endpoints.
"""

from collections.abc import Iterator

from local_test.service.api.api_errors import ApiError
from local_test.service.resources.endpoint_configs.resource import ENDPOINT_CONFIG, list_configured
from local_test.service.resources.lineage.association_operations import list_associations
from local_test.service.resources.lineage.entities import LineageEntity, find_entity
from local_test.service.resources.lineage.resource import name_endpoint_context
from local_test.service.resources.lineage_tracking.recorder import LineageRecorder
from local_test.service.resources.lineage_tracking.registry_lineage import keep_containers
from local_test.service.resources.model_packages.resource import find_package
from local_test.service.resources.models.container_definitions import list_containers
from local_test.service.resources.models.resource import MODEL
from local_test.service.storage.records import Record

_CONFIG = "EndpointConfigName"


def track_endpoint(recorder: LineageRecorder, record: Record) -> None:
    """Keep an endpoint that is in service, and its deployment if it is a new one.

    An endpoint that is deployed again with the same configuration, as after a restart of the
    service, has no new deployment.
    """
    if record["EndpointStatus"] != "InService":
        return
    name, config, arn = record["EndpointName"], record[_CONFIG], str(record["EndpointArn"])
    context = recorder.keep_context(name_endpoint_context(name), "Endpoint", arn)
    last = _find_last_deployment(recorder, context)
    if (
        last is not None
        and last.created >= record["CreationTime"]
        and last.properties.get(_CONFIG) == config
    ):
        return
    action = recorder.keep_action(
        name_endpoint_context(f"{name}-{int(record['LastModifiedTime'])}"),
        "ModelDeployment",
        arn,
        {_CONFIG: config},
    )
    for artifact in dict.fromkeys(_keep_models(recorder, config)):
        recorder.associate(artifact, action, "ContributedTo")
    recorder.associate(action, context, "AssociatedWith")


def _find_last_deployment(recorder: LineageRecorder, context: str) -> LineageEntity | None:
    found = [
        find_entity(recorder.backend, recorder.region, record["SourceArn"])
        for record in list_associations(recorder.backend, recorder.region, destination=context)
        if record["SourceType"] == "ModelDeployment"
    ]
    return max(filter(None, found), key=lambda action: action.created, default=None)


def _keep_models(recorder: LineageRecorder, config: str) -> Iterator[str]:
    """Keep the artifacts of a configuration's models, those that still exist; yield their ARNs."""
    for model in _list_models(recorder, config):
        for container in list_containers(model):
            package = container.get("ModelPackageName")
            if package is None:
                yield from keep_containers(recorder, [container])
            else:
                yield from _keep_package(recorder, package)


def _list_models(recorder: LineageRecorder, config: str) -> Iterator[Record]:
    records, region = recorder.backend.records, recorder.region
    try:
        variants = list_configured(records.get(ENDPOINT_CONFIG, region, config))
    except ApiError:  # deleted meanwhile
        return
    for _, variant in variants:
        try:
            yield records.get(MODEL, region, variant.get("ModelName", ""))
        except ApiError:  # deleted meanwhile
            continue


def _keep_package(recorder: LineageRecorder, reference: str) -> Iterator[str]:
    try:
        package = find_package(recorder.backend, recorder.region, reference)
    except ApiError:  # deleted meanwhile
        return
    yield recorder.keep_artifact(package["ModelPackageArn"], "Model")
    containers = (package.get("InferenceSpecification") or {}).get("Containers", ())
    yield from keep_containers(recorder, containers)
