"""Stories of three containers in a row: the last one answers in the target's own terms."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from local_test import jobs
from local_test.endpoints import Endpoint, Stage
from local_test.engines import Engine, discard_line
from local_test.jobs import TransformJob
from tests.conftest import train

pytestmark = pytest.mark.usefixtures("images_alone")

PRICES = {"A": 100_000, "B": 200_000, "C": 350_000}
ROWS = [(50 + n, "ABC"[n % 3]) for n in range(60)]
HOUSES = "area,zone,price\n" + "".join(f"{area},{zone},{PRICES[zone]}\n" for area, zone in ROWS)
PARQUET = "application/x-parquet"
# One tree that is allowed to say what it saw.
EXACT = {"num_round": "1", "eta": "1", "lambda": "0", "min_child_weight": "0", "max_depth": "4"}
CLASSES = {"num_round": "20", "objective": "multi:softprob", "num_class": "3"}


def trained(
    engine: Engine, folder: Path, transform: dict[str, str], booster: dict[str, str]
) -> list[Stage]:
    """Train both images, and put the transform behind the booster once more."""
    (folder / "houses.csv").write_text(HOUSES)
    train(engine, "preprocessor", {"train": folder / "houses.csv"}, transform, folder / "a")
    first = Stage("preprocessor", folder / "a" / "model.tar.gz", {"TANDEM_LABEL": "drop"})
    maker = [Stage(first.image, first.model)]
    batch = TransformJob(maker, folder / "houses.csv", "text/csv", PARQUET)
    jobs.transform(batch, folder / "features", engine, logs=discard_line).raise_for_status()
    features = {"train": folder / "features" / "houses.csv.out"}
    train(engine, "xgboost", features, booster, folder / "b", PARQUET)
    second = Stage("xgboost", folder / "b" / "model.tar.gz")
    return [first, second, Stage(first.image, first.model, {"TANDEM_STAGE": "inverse"})]


def numbers(body: bytes) -> list[float]:
    return [float(line) for line in body.decode().splitlines()]


def test_a_booster_of_logarithms_answers_in_dollars(engine: Engine, tmp_path: Path) -> None:
    stages = trained(engine, tmp_path, {"target": "price", "target_scale": "log1p"}, EXACT)
    with Endpoint(stages, engine, logs=discard_line) as endpoint:
        bare = endpoint.invoke(b"64,C\n71,A\n80,B\n", "text/csv")
        labelled = endpoint.invoke(b"area,zone,price\n64,C,1\n71,A,2\n80,B,3\n", "text/csv")
        as_json = endpoint.invoke(b"80,B\n", "text/csv", "application/json")
    assert numbers(bare.body) == pytest.approx([350_000, 100_000, 200_000], rel=1e-5)
    assert labelled.body == bare.body
    score = json.loads(as_json.body)["predictions"][0]["score"]
    assert score == pytest.approx(200_000, rel=1e-5)
    with Endpoint(stages[:2], engine, logs=discard_line) as endpoint:
        logarithms = endpoint.invoke(b"64,C\n", "text/csv")
    assert numbers(logarithms.body) == pytest.approx([12.765691], rel=1e-6)


def test_a_booster_of_class_numbers_answers_with_names(engine: Engine, tmp_path: Path) -> None:
    first, second, last = trained(engine, tmp_path, {"target": "zone", "top_k": "2"}, CLASSES)
    body = b"area,price\n64,350000\n71,100000\n80,200000\n"
    with Endpoint([first, second, last], engine, logs=discard_line) as endpoint:
        names = endpoint.invoke(body, "text/csv").body.decode().splitlines()
    assert [line.split(",")[0] for line in names] == ["C", "A", "B"]
    assert all(len(set(line.split(","))) == 2 for line in names)
    asked = {"SAGEMAKER_INFERENCE_OUTPUT": "predicted_label,probability,labels"}
    telling = Stage(last.image, last.model, {**last.environment, **asked})
    with Endpoint([first, second, telling], engine, logs=discard_line) as endpoint:
        answer = endpoint.invoke(body, "text/csv", "application/jsonlines")
    rows = [json.loads(line) for line in answer.body.splitlines()]
    assert [row["predicted_label"] for row in rows] == ["C", "A", "B"]
    assert all(row["labels"] == ["A", "B", "C"] for row in rows)
    assert all(0.9 < row["probability"] < 1 for row in rows)
