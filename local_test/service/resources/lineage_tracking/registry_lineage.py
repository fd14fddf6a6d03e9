"""The lineage of the model registry: groups are contexts, packages artifacts, approvals actions.

Source: Developer Guide, 'Amazon SageMaker-Created Tracking Entities', model packages; names of
actions as LineageTableVisualizer shows them in 'Data Science on AWS', chapter 10.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from local_test.service.api.resource_type import now
from local_test.service.resources.lineage.resource import CONTEXT
from local_test.service.resources.lineage_tracking.recorder import LineageRecorder
from local_test.service.resources.model_packages.resource import PACKAGE_GROUP
from local_test.service.resources.models.model_artifacts import find_address
from local_test.service.storage.records import Record

_SUFFIX = "aws-model-group"
_EXECUTION = "PipelineExecutionArn"


def track_group(recorder: LineageRecorder, record: Record) -> None:
    """Keep the context of a model package group."""
    _keep_group(recorder, record["ModelPackageGroupName"])


def track_package(recorder: LineageRecorder, record: Record) -> None:
    """Keep the lineage of a model package: its containers, its group and its approvals."""
    arn = str(record["ModelPackageArn"])
    package = recorder.keep_artifact(arn, "Model")
    containers = (record.get("InferenceSpecification") or {}).get("Containers", ())
    for artifact in keep_containers(recorder, containers):
        recorder.associate(artifact, package, "ContributedTo")
    group = record.get("ModelPackageGroupName")
    if group is None:
        return
    context = _keep_group(recorder, group)
    _note_execution(recorder, f"{group}-{_SUFFIX}", record)
    recorder.associate(package, context, "AssociatedWith")
    version = record["ModelPackageVersion"]
    for entry in record.get("ApprovalHistory", ()):
        status = entry["ModelApprovalStatus"]
        name = f"{group}-{version}-{status}-{int(entry['Time'])}-{_SUFFIX}"
        action = recorder.keep_action(name, "Approval", arn, {"ModelApprovalStatus": status})
        recorder.associate(action, package, "ContributedTo")


def keep_containers(
    recorder: LineageRecorder, containers: Iterable[Mapping[str, Any]]
) -> list[str]:
    """Keep the artifacts of containers: their images and their model data. Return their ARNs."""
    arns = []
    for container in containers:
        if image := container.get("Image"):
            arns.append(recorder.keep_artifact(image, "Image"))
        if address := find_address(container):
            arns.append(recorder.keep_artifact(address, "Model"))
    return arns


def _keep_group(recorder: LineageRecorder, group: str) -> str:
    source = PACKAGE_GROUP.make_arn(recorder.region, group)
    return recorder.keep_context(f"{group}-{_SUFFIX}", "ModelGroup", source)


def _note_execution(recorder: LineageRecorder, context: str, record: Record) -> None:
    """Keep the pipeline execution that registered a package as a property of its group's context.

    Source: SDK, `lineage.context.ModelPackageGroup.pipeline_execution_arn`.
    """
    execution = (record.get("MetadataProperties") or {}).get("GeneratedBy", "")
    if ":pipeline/" not in execution:
        return
    records = recorder.backend.records
    with records.lock():
        properties = records.get(CONTEXT, recorder.region, context.lower())["Properties"]
        if properties.get(_EXECUTION) != execution:
            changes = {
                "Properties": {**properties, _EXECUTION: execution},
                "LastModifiedTime": now(),
            }
            records.update(CONTEXT, recorder.region, context.lower(), **changes)
