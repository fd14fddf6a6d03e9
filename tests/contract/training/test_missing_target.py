"""Stories of rows without a target, from the raw file through both images."""

from __future__ import annotations

from pathlib import Path

import pytest

from local_test import jobs
from local_test.endpoints import Endpoint, Stage
from local_test.engines import Engine, discard_line
from local_test.jobs import Channel, TrainingJob, TransformJob
from tests.conftest import train

pytestmark = pytest.mark.usefixtures("images_alone")

PRICES = {"A": "100000", "B": "200000", "C": "350000"}
ROWS = [(50 + n, "ABC"[n % 3], "" if n % 10 == 4 else PRICES["ABC"[n % 3]]) for n in range(60)]
# One tree that is allowed to say what it saw.
EXACT = {"num_round": "1", "eta": "1", "lambda": "0", "min_child_weight": "0", "max_depth": "4"}
CLASSES = {"objective": "multi:softmax", "num_class": "3"}
LEFT_OUT = {"missing_target": "leave_out"}


@pytest.mark.parametrize(
    ("kind", "accept", "more", "answers"),
    [
        ("number", "text/csv", {}, [350_000, 100_000, 200_000]),
        ("class", "application/x-parquet", CLASSES, [2, 0, 1]),
    ],
)
def test_what_is_left_out_of_the_fit_is_left_out_of_the_booster(
    kind: str,
    accept: str,
    more: dict[str, str],
    answers: list[float],
    engine: Engine,
    tmp_path: Path,
) -> None:
    houses = tmp_path / "houses.csv"
    houses.write_text("area,zone,price\n" + "".join(f"{a},{z},{p}\n" for a, z, p in ROWS))
    asked = {"target": "price", "target_type": kind, **LEFT_OUT}
    train(engine, "preprocessor", {"train": houses}, asked, tmp_path / "a")
    first = Stage("preprocessor", tmp_path / "a" / "model.tar.gz", {"TANDEM_LABEL": "drop"})
    batch = TransformJob([Stage(first.image, first.model)], houses, "text/csv", accept)
    jobs.transform(batch, tmp_path / "features", engine, logs=discard_line).raise_for_status()
    features = tmp_path / "features" / "houses.csv.out"

    job = TrainingJob("xgboost", [Channel("train", features, accept)], EXACT | more)
    refused = jobs.train(job, tmp_path / "refused", engine, logs=discard_line)
    words = "the label is missing. Rows without one so far: 6 of 60. Give them a label"
    assert words in refused.outcome.failure_reason

    train(engine, "xgboost", {"train": features}, EXACT | more | LEFT_OUT, tmp_path / "b", accept)
    stages = [first, Stage("xgboost", tmp_path / "b" / "model.tar.gz")]
    with Endpoint(stages, engine, logs=discard_line) as endpoint:
        prices = endpoint.invoke(b"64,C\n71,A\n80,B\n", "text/csv").body.split()
    assert [float(price) for price in prices] == pytest.approx(answers)
