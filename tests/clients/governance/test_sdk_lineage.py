"""Lineage with the SageMaker SDK, unchanged: see programs/sdk_lineage.py."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.clients.account import REGISTRY
from tests.clients.conftest import Client
from tests.clients.governance.conftest import NAME, Governed

PROGRAM = Path(__file__).parents[1] / "programs" / "sdk_lineage.py"
DEPLOYMENT = ["ModelDeployment", "AssociatedWith", "action"]


@pytest.fixture(scope="module")
def told(governed: Governed, client: Client) -> dict[str, Any]:
    file = client.folder / "lineage.json"
    client("python", str(PROGRAM), NAME, governed.package, str(file))
    return dict(json.loads(file.read_bytes()))


def shorten(uri: str) -> str:
    """Cut a long URI as the SDK's tables do."""
    return uri if len(uri) <= 48 else f"{uri[:5]}...{uri[-40:]}"


def test_tables_show_what_went_into_an_entity_and_came_of_it(
    told: dict[str, Any], governed: Governed
) -> None:
    tables = told["show_tables"]
    image = shorten(f"{REGISTRY}/tandem-xgboost:latest")
    model = shorten(governed.archive)
    assert tables["job"] == sorted(
        [
            [image, "Input", "Image", "ContributedTo", "artifact"],
            [f"{governed.place}/in", "Input", "DataSet", "ContributedTo", "artifact"],
            [model, "Output", "Model", "Produced", "artifact"],
        ]
    )
    assert tables["component"] == tables["step"] == tables["job"]
    assert [[row[1:] for row in tables[way]] for way in ("endpoint", "context")] == [
        [["Input", *DEPLOYMENT]]
    ] * 2
    assert sorted(row[1:] for row in tables["package"]) == [
        ["Input", "Approval", "ContributedTo", "action"],
        ["Input", "Image", "ContributedTo", "artifact"],
        ["Input", "Model", "ContributedTo", "artifact"],
        ["Output", "ModelGroup", "AssociatedWith", "context"],
    ]


def test_a_query_finds_all_that_led_to_an_endpoint(told: dict[str, Any]) -> None:
    found, component = told["query_graph"], "experiment-trial-component"
    assert found["vertices"] == [
        ["Action", "ModelDeployment"],
        ["Artifact", "DataSet"],
        ["Artifact", "Image"],
        ["Artifact", "Model"],
        ["Context", "Endpoint"],
        ["TrialComponent", "TrainingJob"],
    ]
    assert found["objects"] == [
        "Action",
        "DatasetArtifact",
        "EndpointContext",
        "ImageArtifact",
        "LineageTrialComponent",
        "ModelArtifact",
    ]
    assert found["edges"] == [
        ["action", "AssociatedWith", "context"],
        *[["artifact", "ContributedTo", "action"]] * 2,
        *[["artifact", "ContributedTo", component]] * 2,
        [component, "Produced", "artifact"],
    ]


def test_filters_choose_what_a_query_finds(told: dict[str, Any]) -> None:
    assert told["filter_query"] == {
        "data sets": ["DataSet"],
        "components": ["TrainingJob"],
        "next": ["ModelDeployment"],
        "later": [],
        "earlier": ["DataSet"],
    }


def test_lineage_is_followed_from_data_to_endpoint_and_back(
    told: dict[str, Any], governed: Governed
) -> None:
    assert told["follow"] == {
        "data": f"{governed.place}/in",
        "trained by": [f"training-job/{NAME}"],
        "endpoints of the model": [f"{NAME}-aws-endpoint"],
        "models": sorted([governed.package, governed.archive]),
        "data of the job": [f"{governed.place}/in"],
        "jobs of the model": [f"training-job/{NAME}"],
    }


def test_entities_of_the_users_own_are_kept_and_deleted(told: dict[str, Any]) -> None:
    assert told["write_own"] == {
        "status": "Completed",
        "properties": {"by": "anybody"},
        "listed": ["review-1"],
        "chain": ["DataSet", "Project", "Review"],
        "project": [["review-1", "Input", "Review", "ContributedTo"]],
        "left": [],
    }
