"""Processing, asynchronous, multi-model and captured endpoints with the SageMaker SDK, unchanged:
see programs/sdk_more.py and the plain processing script programs/split.py.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from local_test.engines import Engine
from tests.clients.account import ROLE, Account, name_image
from tests.clients.conftest import Client, told_once

PROGRAMS = Path(__file__).parent / "programs"
TABLE = pd.DataFrame({"area": range(40), "price": [value * 11.5 for value in range(40)]})
NUMBERS = "".join(f"{3 * (row % 7)},{row % 7},{row}\n" for row in range(210))
ONE_TREE = {"num_round": "1", "eta": "1", "lambda": "0", "max_depth": "3"}


@pytest.fixture(scope="module")
def told(account: Account, client: Client, engine: Engine) -> dict[str, Any]:
    """What came of each story; the SDK takes seconds to import, so one process tells them all."""
    told_once(engine)
    holes = f"{TABLE.to_csv(index=False)},7\n8,\n"
    place = account.bucket("more", **{"raw/a.csv": holes, "train/a.csv": NUMBERS})
    account.train("more", name_image("xgboost"), f"{place}/train", HyperParameters=ONE_TREE)
    archive = account.trained("more")["ModelArtifacts"]["S3ModelArtifacts"]
    script, file = PROGRAMS / "split.py", client.folder / "sdk_more.json"
    images = (name_image("preprocessor"), name_image("xgboost"))
    program = str(PROGRAMS / "sdk_more.py")
    client("python", program, ROLE, *images, archive, place, str(script), str(file))
    return dict(json.loads(file.read_bytes()))


def test_a_table_is_split_into_training_and_test(account: Account, told: dict[str, Any]) -> None:
    story = told["processing"]
    assert story["message"] == {"train": 30, "test": 10}
    parts = [
        pd.read_csv(io.BytesIO(account.get(f"{story['places'][name]}/{name}.csv")))
        for name in ("train", "test")
    ]
    whole = pd.concat(parts).sort_values("area").reset_index(drop=True)
    assert whole["area"].tolist() == TABLE["area"].tolist()
    assert whole["price"].tolist() == TABLE["price"].tolist()


def test_an_answer_is_waited_for_and_a_failure_told(told: dict[str, Any]) -> None:
    story = told["waiting"]
    assert [float(cell) for [cell] in story["answer"]] == [6.0]
    assert "Received client error (400) from primary" in story["failure"]


def test_a_model_among_many_is_named(told: dict[str, Any]) -> None:
    story = told["many"]
    assert story["names"] == ["deep/second.tar.gz", "first.tar.gz"]
    assert [[float(cell) for [cell] in answer] for answer in story["answers"]] == [[6.0], [6.0]]


def test_what_goes_through_is_captured_until_that_is_turned_off(told: dict[str, Any]) -> None:
    story = told["captured"]
    [line] = story["lines"]
    sent = line["captureData"]["endpointInput"]
    assert (sent["encoding"], sent["data"].strip()) == ("CSV", "2,7")
    assert float(line["captureData"]["endpointOutput"]["data"]) == 6.0
    assert story["after"] == "Stopped"


def test_a_training_job_is_found(told: dict[str, Any]) -> None:
    assert told["searching"] == {"found": [["more", "Completed"]]}
