"""Model cards with the SageMaker SDK, unchanged: see programs/sdk_model_cards.py."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.clients.account import name_image
from tests.clients.conftest import Client
from tests.clients.governance.conftest import NAME, Governed

PROGRAM = Path(__file__).parents[1] / "programs" / "sdk_model_cards.py"


@pytest.fixture(scope="module")
def told(governed: Governed, client: Client) -> dict[str, Any]:
    file = client.folder / "cards.json"
    client("python", str(PROGRAM), NAME, governed.package, governed.place, str(file))
    return dict(json.loads(file.read_bytes()))


def test_the_sdk_finds_the_model_and_its_training_job(
    told: dict[str, Any], governed: Governed
) -> None:
    assert told["discover"] == {
        "artifact": [governed.archive],
        "image": [name_image("xgboost")],
        "training": NAME,
        "by name": True,
        "metrics": ["train:rmse"],
        "parameters": {"num_round": "1"},
    }


def test_a_card_is_created_updated_loaded_and_exported(
    told: dict[str, Any], governed: Governed
) -> None:
    assert told["keep"] == {
        "descriptions": ["Adds two numbers.", "Adds two small numbers."],
        "statuses": ["PendingReview", "PendingReview"],
        "evaluation": 0.25,
        "versions": [[1, "PendingReview"], [2, "PendingReview"]],
        "exported": f"{governed.place}/cards/sdk-card-2-sdk-export.pdf",
        "pdf": "%PDF-",
        "jobs": [["sdk-export", "Completed"]],
    }


def test_a_card_of_a_package_takes_over_what_the_last_one_says(told: dict[str, Any]) -> None:
    assert told["keep_of_packages"] == {
        "package": [NAME, 1],
        "approval": "Approved",
        "training": NAME,
        "problems": ["Sums", "Sums"],
    }


def test_the_sdk_refuses_a_model_with_a_card_and_names_that_are_none(told: dict[str, Any]) -> None:
    assert told["refuse"] == [
        "The model has been associated with ['sdk-card'] model cards.",
        "Model details for model no-such-model could not be found."
        " Make sure the model name is valid.",
        "Training job details could not be found. Make sure the training job name is valid.",
    ]
