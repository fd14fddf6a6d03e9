"""AutoML jobs by version 2 of the SageMaker SDK, unchanged: see sdk_automl_jobs.py."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from local_test.engines import Engine
from tests.clients.account import ROLE, Account
from tests.clients.conftest import Client, told_once

PROGRAM = Path(__file__).with_name("sdk_automl_jobs.py")


@pytest.fixture(scope="module")
def told(account: Account, client: Client, engine: Engine) -> dict[str, Any]:
    """What came of each story; the SDK takes seconds to import, so one process tells them all."""
    told_once(engine)
    rng = np.random.default_rng(0)
    rows = [
        f"{x:.3f},{y:.3f},{2 * x - y:.3f},{'b' if x > y else 'a'}"
        for x, y in rng.normal(size=(120, 2))
    ]
    place = account.bucket("sdk-automl", **{"in/data.csv": "\n".join(["x,y,z,kind", *rows])})
    file = client.folder / "sdk_automl_jobs.json"
    client("python", str(PROGRAM), ROLE, f"{place}/in", str(file))
    return dict(json.loads(file.read_bytes()))


def test_a_candidate_of_version_1_becomes_an_endpoint(
    account: Account, told: dict[str, Any]
) -> None:
    story = told["first"]
    assert story["status"] == "Completed"
    assert story["listed"] == [story["best"]]
    assert story["containers"] == 3
    assert story["steps"][:2] == ["TrainingJob", "TrainingJob"]
    assert [label for label, _ in story["answers"]] == ["b", "a"]
    assert all(0.5 < float(share) <= 1 for _, share in story["answers"])
    for field, name in (("Explainability", "analysis.json"), ("ModelInsights", "statistics.json")):
        assert json.loads(account.get(f"{story['reports'][field]}/{name}"))["version"] is not None


def test_a_candidate_of_version_2_becomes_an_endpoint(told: dict[str, Any]) -> None:
    story = told["second"]
    assert (story["status"], story["metric"], story["listed"]) == ("Completed", "RMSE", 1)
    assert story["answer"] == pytest.approx(5, abs=0.5)


def test_other_problems_are_refused_by_name(told: dict[str, Any]) -> None:
    words = ("images", "texts", "the fine-tuning of language models", "time series")
    assert len(told["refusals"]) == len(words)
    for sentence, word in zip(told["refusals"], words, strict=True):
        assert f"AutoML of {word} is not done here. Give a TabularJobConfig." in sentence
