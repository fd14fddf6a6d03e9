"""The resource types of lineage: entities, the associations between them, and lineage groups.

Source: Developer Guide, 'Lineage Tracking Entities'; ARNs of actions and contexts have their names
in lower case, the id of an artifact follows from its source.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from local_test.service.api.api_errors import ApiError
from local_test.service.api.resource_type import ACCOUNT, ResourceType


def make_artifact_id(source: Mapping[str, Any]) -> str:
    """Return the id of the artifact with a source: one source is one artifact.

    Source: Developer Guide, 'Lineage Tracking Entities': entities are used again, and there is one
    artifact of a source. SourceTypes tell sources of one URI apart.
    """
    types = sorted((one["SourceIdType"], one["Value"]) for one in source.get("SourceTypes", ()))
    text = json.dumps([source["SourceUri"], types])
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def make_association_id(source: str, destination: str) -> str:
    """Return the id of the association of two ARNs, which is the only one between them."""
    text = f"{source} {destination}"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


ARTIFACT = ResourceType(
    "Artifact",
    "artifact",
    "ArtifactSummaries",
    "artifact",
    find_key=lambda record: make_artifact_id(record["Source"]),
)
ACTION = ResourceType(
    "Action",
    "action",
    "ActionSummaries",
    "action",
    find_key=lambda record: str(record["ActionName"]).lower(),
)
CONTEXT = ResourceType(
    "Context",
    "context",
    "ContextSummaries",
    "context",
    find_key=lambda record: str(record["ContextName"]).lower(),
)
ASSOCIATION = ResourceType(
    "Association",
    "association",
    "AssociationSummaries",
    "association",
    tagged=False,
    find_key=lambda record: make_association_id(record["SourceArn"], record["DestinationArn"]),
)
"""The API has no name for it; its ARN is known to this service alone."""
LINEAGE_GROUP = ResourceType(
    "LineageGroup", "lineage-group", "LineageGroupSummaries", "lineage group", tagged=False
)
DEFAULT_GROUP = "sagemaker-default-lineage-group"
"""The lineage group of an account. Source: Developer Guide, 'Cross-Account Lineage Tracking'."""


def make_group_arn(region: str) -> str:
    """Return the ARN of the account's lineage group, which all entities belong to."""
    return LINEAGE_GROUP.make_arn(region, DEFAULT_GROUP)


def make_trial_component_arn(region: str, name: str) -> str:
    """Return the ARN of a trial component; its record belongs to experiments."""
    path = "experiment-trial-component"
    return f"arn:aws:sagemaker:{region}:{ACCOUNT}:{path}/{name.lower()}"


def make_source_arn(region: str, uri: str) -> str:
    """Return the ARN of the artifact of a URI."""
    return ARTIFACT.make_arn(region, make_artifact_id({"SourceUri": uri}))


def not_found_error(what: str, name: str) -> ApiError:
    """Return the service's error for an entity that does not exist."""
    return ApiError("ResourceNotFound", f"{what} does not exist: {name}. Check the name or ARN.")


def name_endpoint_context(endpoint: str) -> str:
    """Return the name of the context of an endpoint."""
    return f"{endpoint}-aws-endpoint"
