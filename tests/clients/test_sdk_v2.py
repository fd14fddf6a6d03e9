"""Version 2 of the SageMaker Python SDK, unchanged, past the quickstart: see programs/sdk_v2.py."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from local_test.engines import Engine
from tests.clients.account import ROLE, Account, name_image, wait_until_deleted
from tests.clients.conftest import Client, told_once

PROGRAM = Path(__file__).parent / "programs" / "sdk_v2.py"


@pytest.fixture(scope="module")
def told(client: Client, engine: Engine) -> dict[str, Any]:
    """What came of each story; the SDK takes seconds to import, so one process tells them all."""
    told_once(engine)
    file = client.folder / "sdk_v2.json"
    client("python", str(PROGRAM), ROLE, "latest", str(file))
    return dict(json.loads(file.read_bytes()))


def test_two_hosts_train_one_model_that_is_attached_to_and_transforms(
    told: dict[str, Any],
) -> None:
    story = told["two_hosts"]
    assert (story["status"], story["hosts"]) == ("Completed", 2)
    assert story["hyperparameters"]["max_depth"] == "3"
    shards = [line for line in story["log"].splitlines() if "channel train: 105 rows" in line]
    assert len(shards) == 2  # a line of each host
    assert "[0]\ttrain-rmse:0.00000" in story["log"]
    metrics = story["metrics"]
    assert (metrics["metric_name"], metrics["value"]) == (["train:rmse"], [0.0])
    assert story["strategy"] == "SingleRecord"
    assert [float(answer) for answer in story["answers"]] == [0.0, 12.0, 18.0]


def test_the_best_of_a_tuning_is_deployed_and_errs_as_much_as_was_told(
    told: dict[str, Any],
) -> None:
    story = told["tuning"]
    assert story["statuses"] == ["Completed"] * 3
    best = story["names"].index(story["best"])
    assert story["values"][best] == min(story["values"])
    assert float(story["depth"]) == float(story["depths"][best])
    assert story["error"] == pytest.approx(story["values"][best], abs=1e-5)


def test_a_registered_model_is_approved_deployed_and_asked_in_three_formats(
    told: dict[str, Any],
) -> None:
    story = told["registered"]
    assert story["arn"].endswith(":model-package/v2-numbers/1")
    assert (story["before"], story["after"]) == ("PendingManualApproval", "Approved")
    assert story["latest"] == story["arn"]
    as_csv, as_json, as_npy = story["answers"]
    assert [float(cell) for [cell] in as_csv] == [12.0, 18.0]
    assert as_json == {"predictions": [{"score": 12.0}, {"score": 18.0}]}
    assert as_npy == [[12.0], [18.0]]


def test_three_containers_in_a_row_answer_in_prices(told: dict[str, Any]) -> None:
    story = told["three_containers"]
    names = ("preprocessor", "xgboost", "preprocessor")
    assert story["images"] == [name_image(name) for name in names]
    # Behind the data is price = 110 * rooms + 11 * area.
    prices = [float(price) for [price] in story["prices"]]
    assert prices == pytest.approx([1045, 550, 1650], rel=0.03)


def test_what_the_stories_deployed_is_gone(account: Account, told: dict[str, Any]) -> None:
    assert told
    wait_until_deleted(account, "v2-")
    assert account.sagemaker.list_models(NameContains="v2-")["Models"] == []
