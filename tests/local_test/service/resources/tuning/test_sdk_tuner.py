"""HyperparameterTuner of both versions of the SageMaker SDK, unchanged: see programs/."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scripts.lock import aws_clients
from tests.clients.account import ROLE, Account, name_image
from tests.clients.conftest import Shell

PROGRAMS = Path(__file__).parent / "programs"


def run(account: Account, folder: Path, environment: str, program: str, role: str) -> Any:
    """Run a program with the packages of an environment and return what it wrote."""
    shell = Shell(aws_clients.prepare_client(environment), account.url, folder)
    table = "".join(f"{n % 7},{n}\n" for n in range(70))
    bucket = account.bucket("sdk-tuner", **{"in/a.csv": "1", "table/a.csv": table})
    file, images = folder / "told.json", [name_image("standin"), name_image("xgboost")]
    shell("python", str(PROGRAMS / program), role, images[0], bucket, str(file), images[1])
    return json.loads(file.read_bytes())


@pytest.fixture(scope="module")
def told(account: Account, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What came of each story of version 2, which takes seconds to import."""
    folder = tmp_path_factory.mktemp("sdk-tuner")
    return dict(run(account, folder, "clients", "sdk_tuner.py", ROLE))


def test_an_attached_tuner_starts_two_that_learn_from_it(told: dict[str, Any]) -> None:
    story = told["warm_start"]
    assert (story["seed"], story["kind"]) == (7, "ml.m5.large")
    parents = [{"HyperParameterTuningJobName": story["parent"]}]
    assert story["TransferLearning"] == [parents, None]
    named, overall = story["IdenticalDataAndAlgorithm"]
    assert named == parents
    assert overall == story["best"] or overall.startswith("child-identica-")
    assert story["tags"] == [[{"Key": "team", "Value": "a"}]] * 2
    assert (float(story["x"]) - 3) ** 2 == pytest.approx(story["least"])


def test_several_estimators_are_tuned_at_once(told: dict[str, Any]) -> None:
    story = told["several"]
    assert story["names"] == story["attached"] == ["narrow", "wide"]
    assert (story["ranges"], story["child"]) == ("4", "TransferLearning")
    assert story["kind"] in {None, "b"}


def test_strategies_criteria_and_a_stop_arrive_as_they_were_given(told: dict[str, Any]) -> None:
    story = told["strategies"]
    expected = {"HyperbandStrategyConfig": {"MinResource": 1, "MaxResource": 2}}
    assert (story["resources"], story["jobs"]) == (expected, 1)
    assert (story["criteria"], story["seconds"]) == (True, 900)
    assert told["stop"] == {"status": "Stopped"}


def test_autotune_searches_near_a_hint_and_a_range_near_one(told: dict[str, Any]) -> None:
    story = told["autotune"]
    assert (story["mode"], story["scale"]) == ("Enabled", "ReverseLogarithmic")
    assert len(story["tried"]) == 2
    for one in story["tried"]:
        assert 1 <= float(one["max_depth"]) <= 10
        assert 0.5 <= float(one["subsample"]) <= 0.99


def test_version_3_tunes_and_stops(account: Account, tmp_path: Path) -> None:
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "sagemaker.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    iam = account.client("iam")
    role = iam.create_role(RoleName="v3-tuner", AssumeRolePolicyDocument=policy)["Role"]["Arn"]
    story = run(account, tmp_path, "clients-v3", "sdk_tuner_v3.py", role)
    assert (story["status"], story["strategy"]) == ("Completed", "Hyperband")
    best = story["names"].index(story["best"])
    assert story["values"][best] == min(story["values"])
    assert len(story["names"]) == 2
    assert story["stalled"] == 4
    assert story["autotune"] == ["Completed", "Enabled", "ReverseLogarithmic"]
    assert story["endless"] == "Stopped"
