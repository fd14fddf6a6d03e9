"""Jobs, model packages and endpoints write their lineage by themselves, each entity once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local_test.service.api.resource_type import ResourceType
from local_test.service.backend import Backend
from local_test.service.resources.endpoint_configs.resource import ENDPOINT_CONFIG
from local_test.service.resources.endpoints.resource import ENDPOINT
from local_test.service.resources.feature_groups.resource import FEATURE_GROUP
from local_test.service.resources.lineage_tracking.tracker import start_tracking
from local_test.service.resources.model_packages.resource import MODEL_PACKAGE, PACKAGE_GROUP
from local_test.service.resources.models.resource import MODEL
from local_test.service.resources.processing.resource import PROCESSING_JOB
from local_test.service.resources.training.resource import TRAINING_JOB
from local_test.service.resources.transform.resource import TRANSFORM_JOB
from local_test.service.storage.records import Record
from tests.clients.account import REGION
from tests.local_test.service.in_process import open_service

START = 1_790_000_000.0
MODEL_DATA, IMAGE = "s3://b/model/model.tar.gz", "123456789012.dkr.ecr/trainer:1"


def s3(uri: str) -> Record:
    return {"DataSource": {"S3DataSource": {"S3Uri": uri}}}


def add(backend: Backend, resource: ResourceType, name: str = "", **fields: Any) -> None:
    time = {"CreationTime": START, "LastModifiedTime": START}
    arn = {resource.arn_field: resource.make_arn(REGION, name or fields[resource.name_field])}
    record = {**time, **arn, **fields}
    backend.records.add(resource, REGION, resource.key_of(record), record)


def change(backend: Backend, resource: ResourceType, key: str, **changes: Any) -> None:
    backend.records.update(resource, REGION, key, **changes)


def run_workflow(backend: Backend) -> None:
    """Change records as a data preparation, a training and a deployment of its model do."""
    add(
        backend,
        PROCESSING_JOB,
        ProcessingJobName="prepare",
        ProcessingJobStatus="InProgress",
        AppSpecification={"ImageUri": "prepare:1"},
        ProcessingInputs=[{"InputName": "raw", "S3Input": {"S3Uri": "s3://b/raw"}}],
        ProcessingOutputConfig={
            "Outputs": [{"OutputName": "train", "S3Output": {"S3Uri": "s3://b/train"}}]
        },
    )
    change(backend, PROCESSING_JOB, "prepare", ProcessingJobStatus="Completed")
    add(
        backend,
        TRAINING_JOB,
        TrainingJobName="Train",
        TrainingJobStatus="InProgress",
        AlgorithmSpecification={"TrainingImage": IMAGE},
        InputDataConfig=[{"ChannelName": "train", **s3("s3://b/train")}],
        CheckpointConfig={"S3Uri": "s3://b/checkpoints"},
    )
    artifacts = {"S3ModelArtifacts": MODEL_DATA}
    change(backend, TRAINING_JOB, "Train", ModelArtifacts=artifacts)
    change(backend, TRAINING_JOB, "Train", TrainingJobStatus="Completed")
    register(backend)
    deploy(backend)


def register(backend: Backend) -> None:
    add(backend, PACKAGE_GROUP, ModelPackageGroupName="Houses")
    history = [{"Time": START, "ModelApprovalStatus": "PendingManualApproval"}]
    add(
        backend,
        MODEL_PACKAGE,
        "Houses/1",
        ModelPackageGroupName="Houses",
        ModelPackageVersion=1,
        ModelPackageStatus="Completed",
        ModelPackageStatusDetails={"ValidationStatuses": []},
        ModelApprovalStatus="PendingManualApproval",
        ApprovalHistory=history,
        InferenceSpecification={"Containers": [{"Image": IMAGE, "ModelDataUrl": MODEL_DATA}]},
        MetadataProperties={
            "GeneratedBy": f"arn:aws:sagemaker:{REGION}:123456789012:pipeline/p/execution/e"
        },
    )
    entry = {"Time": START + 1, "ModelApprovalStatus": "Approved"}
    change(
        backend,
        MODEL_PACKAGE,
        "houses.1",
        ModelApprovalStatus="Approved",
        ApprovalHistory=[*history, entry],
    )


def deploy(backend: Backend) -> None:
    package = MODEL_PACKAGE.make_arn(REGION, "Houses/1")
    add(
        backend, MODEL, ModelName="m", PrimaryContainer={"Image": IMAGE, "ModelDataUrl": MODEL_DATA}
    )
    add(backend, MODEL, ModelName="n", Containers=[{"ModelPackageName": package}])
    variants = [{"ModelName": "m"}, {"ModelName": "n"}]
    for config in ("first", "second"):
        add(backend, ENDPOINT_CONFIG, EndpointConfigName=config, ProductionVariants=variants)
    add(
        backend,
        ENDPOINT,
        EndpointName="Live",
        EndpointStatus="Creating",
        EndpointConfigName="first",
    )
    change(backend, ENDPOINT, "Live", EndpointStatus="InService", LastModifiedTime=START + 9)


@pytest.fixture(scope="module")
def tracked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Backend, Any]]:
    """A service after the workflow, with all of its lineage."""
    with open_service(tmp_path_factory.mktemp("tracked")) as (backend, client):
        start_tracking(backend)
        run_workflow(backend)
        backend.records.close()
        yield backend, client


def list_sources(client: Any, kind: str) -> dict[str, str]:
    """All entities of a kind: ARNs by source, or by name where the kind has names."""
    entries = client.get_paginator(f"list_{kind.lower()}s").paginate().build_full_result()
    return {
        one.get(f"{kind}Name") or one["Source"]["SourceUri"]: one[f"{kind}Arn"]
        for one in entries[f"{kind}Summaries"]
    }


def name_entities(client: Any) -> dict[str, str]:
    """The entities' names or sources by ARN."""
    kinds = ("Artifact", "Action", "Context")
    return {arn: name for kind in kinds for name, arn in list_sources(client, kind).items()}


def list_edges(client: Any) -> set[tuple[str, str, str]]:
    names = name_entities(client)
    pages = client.get_paginator("list_associations").paginate().build_full_result()
    return {
        (
            names.get(one["SourceArn"]) or one["SourceArn"].rpartition("/")[2],
            one["AssociationType"],
            names.get(one["DestinationArn"]) or one["DestinationArn"].rpartition("/")[2],
        )
        for one in pages["AssociationSummaries"]
    }


PACKAGE = f"arn:aws:sagemaker:{REGION}:123456789012:model-package/houses/1"
DEPLOYMENT = f"Live-{int(START) + 9}-aws-endpoint"
EXPECTED = {
    ("prepare:1", "ContributedTo", "prepare-aws-processing-job"),
    ("s3://b/raw", "ContributedTo", "prepare-aws-processing-job"),
    ("prepare-aws-processing-job", "Produced", "s3://b/train"),
    ("s3://b/train", "ContributedTo", "train-aws-training-job"),
    (IMAGE, "ContributedTo", "train-aws-training-job"),
    ("train-aws-training-job", "Produced", MODEL_DATA),
    ("train-aws-training-job", "Produced", "s3://b/checkpoints"),
    (MODEL_DATA, "ContributedTo", PACKAGE),
    (IMAGE, "ContributedTo", PACKAGE),
    (PACKAGE, "AssociatedWith", "Houses-aws-model-group"),
    (
        f"Houses-1-PendingManualApproval-{int(START)}-aws-model-group",
        "ContributedTo",
        PACKAGE,
    ),
    (f"Houses-1-Approved-{int(START) + 1}-aws-model-group", "ContributedTo", PACKAGE),
    (MODEL_DATA, "ContributedTo", DEPLOYMENT),
    (IMAGE, "ContributedTo", DEPLOYMENT),
    (PACKAGE, "ContributedTo", DEPLOYMENT),
    (DEPLOYMENT, "AssociatedWith", "Live-aws-endpoint"),
}


def test_a_workflow_writes_its_lineage(tracked: tuple[Backend, Any]) -> None:
    assert list_edges(tracked[1]) == EXPECTED


def test_types_and_sources_are_those_that_clients_look_for(tracked: tuple[Backend, Any]) -> None:
    client = tracked[1]
    [context] = client.list_contexts(SourceUri=ENDPOINT.make_arn(REGION, "Live"))[
        "ContextSummaries"
    ]
    assert (context["ContextType"], context["Source"]["SourceType"]) == ("Endpoint", "ARN")
    [package] = client.list_artifacts(SourceUri=PACKAGE)["ArtifactSummaries"]
    [data] = client.list_associations(DestinationArn=package["ArtifactArn"], SourceType="Model")[
        "AssociationSummaries"
    ]
    [job] = client.list_associations(
        DestinationArn=data["SourceArn"], SourceType="SageMakerTrainingJob"
    )["AssociationSummaries"]
    assert job["SourceName"] == "train-aws-training-job"
    group = client.describe_context(ContextName="Houses-aws-model-group")
    assert group["ContextType"] == "ModelGroup"
    assert group["Properties"]["PipelineExecutionArn"].endswith("pipeline/p/execution/e")
    answer = client.query_lineage(
        StartArns=[context["ContextArn"]],
        Direction="Ascendants",
        IncludeEdges=False,
        Filters={"LineageTypes": ["TrialComponent"]},
    )
    assert sorted(vertex["Type"] for vertex in answer["Vertices"]) == [
        "ProcessingJob",
        "TrainingJob",
    ]


def test_a_feature_group_has_the_contexts_of_its_pipelines(tmp_path: Path) -> None:
    with open_service(tmp_path) as (backend, client):
        start_tracking(backend)
        for name, status in (("Shop-Items", "Creating"), ("never", "CreateFailed")):
            add(backend, FEATURE_GROUP, FeatureGroupName=name, FeatureGroupStatus=status)
        change(backend, FEATURE_GROUP, "shop-items", FeatureGroupStatus="Created")
        backend.records.close()
        stem = f"Shop-Items-{int(START)}"
        arn = FEATURE_GROUP.make_arn(REGION, "Shop-Items")
        found = client.list_contexts(SourceUri=arn)["ContextSummaries"]
        assert {one["ContextName"]: one["ContextType"] for one in found} == {
            stem: "FeatureGroup",
            f"{stem}-feature-group-pipeline": "FeatureGroupPipeline",
            f"{stem}-feature-group-pipeline-version": "FeatureGroupPipelineVersion",
        }
        assert len(list_sources(client, "Context")) == 3


def test_a_failed_job_produces_nothing(tmp_path: Path) -> None:
    with open_service(tmp_path) as (backend, client):
        start_tracking(backend)
        add(
            backend,
            TRANSFORM_JOB,
            TransformJobName="score",
            TransformJobStatus="InProgress",
            TransformInput=s3("s3://b/in"),
            TransformOutput={"S3OutputPath": "s3://b/out"},
        )
        change(backend, TRANSFORM_JOB, "score", TransformJobStatus="Failed")
        backend.records.remove(TRANSFORM_JOB, REGION, "score")
        backend.records.close()
        assert list_edges(client) == {("s3://b/in", "ContributedTo", "score-aws-transform-job")}


def test_a_restart_doubles_nothing_and_adds_what_was_missed(tmp_path: Path) -> None:
    with open_service(tmp_path) as (backend, client):
        run_workflow(backend)  # untracked, as after a killed service
        for resource, key in (
            (PROCESSING_JOB, "prepare"),
            (TRAINING_JOB, "Train"),
            (MODEL_PACKAGE, "houses.1"),
            (ENDPOINT, "Live"),
        ):
            change(backend, resource, key, LastModifiedTime=4e9)
        start_tracking(backend)
        found = {
            (source, kind, end.replace("4000000000", "T"))
            for source, kind, end in list_edges(client)
        }
        assert len(found) == len(EXPECTED)
        change(backend, ENDPOINT, "Live", EndpointStatus="Creating")
        change(backend, ENDPOINT, "Live", EndpointStatus="InService", LastModifiedTime=4e9 + 5)
        before = len(list_edges(client))
        change(backend, ENDPOINT, "Live", EndpointStatus="Updating")
        change(
            backend,
            ENDPOINT,
            "Live",
            EndpointStatus="InService",
            EndpointConfigName="second",
            LastModifiedTime=4e9 + 9,
        )
        backend.records.close()
        deployments = client.list_actions(ActionType="ModelDeployment")["ActionSummaries"]
        assert sorted(one["ActionName"] for one in deployments) == [
            "Live-4000000000-aws-endpoint",
            "Live-4000000009-aws-endpoint",
        ]
        assert len(list_edges(client)) == before + 4
