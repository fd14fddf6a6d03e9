"""Lineage with version 2 of the SageMaker Python SDK, as its users read and write it.

    sdk_lineage.py NAME PACKAGE_ARN FILE

NAME is that of a training job and of an endpoint with its model, also when the endpoint is gone;
the model package has the model too. FILE gets what the SDK reads as one
JSON object; ARNs are cut to what follows the account.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sagemaker import Session
from sagemaker.lineage.action import Action
from sagemaker.lineage.artifact import Artifact, ModelArtifact
from sagemaker.lineage.association import Association
from sagemaker.lineage.context import Context, EndpointContext
from sagemaker.lineage.lineage_trial_component import LineageTrialComponent
from sagemaker.lineage.query import (
    LineageEntityEnum,
    LineageFilter,
    LineageQuery,
    LineageQueryDirectionEnum,
    LineageSourceEnum,
)
from sagemaker.lineage.visualizer import LineageTableVisualizer

name, package_arn, file = sys.argv[1:]
session = Session()
client = session.sagemaker_client
job_arn = client.describe_training_job(TrainingJobName=name)["TrainingJobArn"]
endpoint_arn = job_arn.replace(":training-job/", ":endpoint/")
[context] = Context.list(source_uri=endpoint_arn, sagemaker_session=session)
start = [context.context_arn]


def show_tables() -> dict[str, list[list[str | None]]]:
    """Show the associations of an entity that is named in each of the ways there are."""
    step = {"Metadata": {"TrainingJob": {"Arn": job_arn}}}
    ways: dict[str, dict[str, Any]] = {
        "job": {"training_job_name": name},
        "component": {"trial_component_name": f"{name}-aws-training-job"},
        "step": {"pipeline_execution_step": step},
        "package": {"model_package_arn": package_arn},
        "endpoint": {"endpoint_arn": endpoint_arn},
        "context": {"context_arn": context.context_arn},
    }
    tables = {way: LineageTableVisualizer(session).show(**named) for way, named in ways.items()}
    return {way: sorted(table.to_numpy().tolist()) for way, table in tables.items()}


def query_graph() -> dict[str, Any]:
    """Ask for all that led to the endpoint, and turn each vertex into its object."""
    found = LineageQuery(session).query(start, LineageQueryDirectionEnum.ASCENDANTS)
    return {
        "vertices": sorted([one.lineage_entity, one.lineage_source] for one in found.vertices),
        "objects": sorted({type(one.to_lineage_object()).__name__ for one in found.vertices}),
        "edges": sorted(
            [_find_type(one.source_arn), one.association_type, _find_type(one.destination_arn)]
            for one in found.edges
        ),
    }


def filter_query() -> dict[str, list[str]]:
    """Ask with a filter of each kind, and one step deep."""

    def query(depth: int = 10, **filters: Any) -> list[str]:
        direction = LineageQueryDirectionEnum.ASCENDANTS
        kept = LineageFilter(**filters)
        found = LineageQuery(session).query(start, direction, False, kept, depth)
        return sorted(one.lineage_source for one in found.vertices)

    created = context.creation_time
    return {
        "data sets": query(sources=[LineageSourceEnum.DATASET]),
        "components": query(entities=[LineageEntityEnum.TRIAL_COMPONENT]),
        "next": query(depth=1),
        "later": query(created_after=created, sources=[LineageSourceEnum.DATASET]),
        "earlier": query(created_before=created, sources=["DataSet"]),
    }


def follow() -> dict[str, Any]:
    """Follow the lineage with the methods of endpoints, models and trial components."""
    deployed = EndpointContext.load(context.context_name, sagemaker_session=session)
    [data] = deployed.dataset_artifacts()
    component = LineageTrialComponent.load(f"{name}-aws-training-job", session)
    models = component.models()
    [artifact] = [one for one in models if one.source.source_uri.endswith(".tar.gz")]
    model = ModelArtifact.load(artifact.artifact_arn, sagemaker_session=session)
    return {
        "data": data.source.source_uri,
        "trained by": _cut(deployed.training_job_arns()),
        "endpoints of the model": [one.context_name for one in model.endpoint_contexts()],
        "models": sorted(one.source.source_uri for one in models),
        "data of the job": [one.source.source_uri for one in component.dataset_artifacts()],
        "jobs of the model": _cut(model.training_job_arns()),
    }


def write_own() -> dict[str, Any]:
    """Create, change, associate and delete entities of the user's own."""
    table = Artifact.create(
        artifact_name="table",
        source_uri="s3://own/table",
        artifact_type="DataSet",
        sagemaker_session=session,
    )
    review = Action.create(
        action_name="review-1",
        source_uri="s3://own/review",
        action_type="Review",
        status="InProgress",
        properties={"by": "somebody", "until": "Friday"},
        sagemaker_session=session,
    )
    project = Context.create(
        context_name="own-project",
        source_uri="s3://own",
        context_type="Project",
        sagemaker_session=session,
    )
    for source, end in (
        (table.artifact_arn, review.action_arn),
        (review.action_arn, project.context_arn),
    ):
        Association.create(
            source_arn=source,
            destination_arn=end,
            association_type="ContributedTo",
            sagemaker_session=session,
        )
    review.status, review.properties = "Completed", {"by": "anybody"}
    review.properties_to_remove = ["until"]
    review.save()
    loaded = Action.load("review-1", sagemaker_session=session)
    chain = LineageQuery(session).query([project.context_arn])
    listed = Action.list(action_type="Review", sagemaker_session=session)
    story = {
        "status": loaded.status,
        "properties": loaded.properties,
        "listed": [one.action_name for one in listed],
        "chain": sorted(one.lineage_source for one in chain.vertices),
        "project": [row[:4] for row in _show(context_arn=project.context_arn)],
    }
    table.delete(disassociate=True)
    review.delete(disassociate=True)
    project.delete()
    left = Artifact.list(source_uri="s3://own/table", sagemaker_session=session)
    return story | {"left": [one.artifact_arn for one in left]}


def _show(**way: str) -> list[list[str | None]]:
    rows: list[list[str | None]] = LineageTableVisualizer(session).show(**way).to_numpy().tolist()
    return rows


def _find_type(arn: str) -> str:
    return arn.split(":", 5)[5].partition("/")[0]


def _cut(arns: Iterable[str]) -> list[str]:
    return [arn.split(":", 5)[5] for arn in arns]


stories = (show_tables, query_graph, filter_query, follow, write_own)
Path(file).write_text(json.dumps({story.__name__: story() for story in stories}), encoding="utf-8")
