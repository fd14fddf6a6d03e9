"""Stories of two images that agree about their features, and of two that do not."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xgboost as xgb

from local_test import jobs
from local_test.endpoints import Endpoint, Stage
from local_test.engines import Engine, discard_line
from local_test.jobs import TransformJob
from tests.conftest import train

pytestmark = pytest.mark.usefixtures("images_alone")

ROWS = [(50 + 7 * n % 90, n % 5, "ABC"[n % 3], 100 + n) for n in range(60)]
STRAIGHT = "area,rooms,zone,price\n" + "".join(f"{a},{r},{z},{p}\n" for a, r, z, p in ROWS)
TURNED = "rooms,area,zone,price\n" + "".join(f"{r},{a},{z},{p}\n" for a, r, z, p in ROWS)
PARQUET = "application/x-parquet"


@pytest.fixture(scope="module")
def folder(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two transforms of the same columns in another order, and a booster behind the first."""
    folder = tmp_path_factory.mktemp(f"names-{engine.name}")
    for name, text in (("straight", STRAIGHT), ("turned", TURNED)):
        (folder / f"{name}.csv").write_text(text)
        channels = {"train": folder / f"{name}.csv"}
        train(engine, "preprocessor", channels, {"target": "price"}, folder / name)
    stages = [Stage("preprocessor", folder / "straight" / "model.tar.gz")]
    batch = TransformJob(stages, folder / "straight.csv", "text/csv", PARQUET)
    jobs.transform(batch, folder / "features", engine, logs=discard_line).raise_for_status()
    features = {"train": folder / "features" / "straight.csv.out"}
    train(engine, "xgboost", features, {"num_round": "20"}, folder / "booster", PARQUET)
    return folder


def stages(folder: Path, transform: str) -> list[Stage]:
    images = {"preprocessor": transform, "xgboost": "booster"}
    return [Stage(image, folder / name / "model.tar.gz") for image, name in images.items()]


def test_the_default_between_the_images_is_an_array_of_named_columns(
    engine: Engine, folder: Path
) -> None:
    body = b"area,rooms,zone\n64,2,C\n71,3,A\n"
    first, second = stages(folder, "straight")
    several = Stage(first.image, first.model, {"SAGEMAKER_SAFE_PORT_RANGE": "9000-9999"})
    with Endpoint([several], engine, logs=discard_line) as transform:
        passed = transform.invoke(body, "text/csv")
        as_text = transform.invoke(body, "text/csv", "text/csv")
    assert (passed.content_type or "").startswith("application/x-npy; columns=")
    features = np.load(io.BytesIO(passed.body))
    assert features.tolist() == [[64, 2, 0, 0, 1], [71, 3, 1, 0, 0]]
    with Endpoint([second], engine, logs=discard_line) as booster:
        alone = booster.invoke(passed.body, passed.content_type)
        from_text = booster.invoke(as_text.body, as_text.content_type)
    with Endpoint([first, second], engine, logs=discard_line) as both:
        assert both.invoke(body, "text/csv").body == alone.body == from_text.body
        assert both.invoke(body, "text/csv").content_type == "text/csv"


def test_a_booster_behind_another_transform_says_so(engine: Engine, folder: Path) -> None:
    body = b"area,rooms,zone\n64,2,C\n"
    with Endpoint(stages(folder, "turned"), engine, logs=discard_line) as mixed:
        refused = mixed.invoke(body, "text/csv")
    assert (refused.status, refused.original_status) == (424, 400)
    assert "container-2" in refused.error
    assert "the features are not those of the model, or not in its order" in refused.error


def test_ordinal_codes_arrive_as_categories(engine: Engine, folder: Path, tmp_path: Path) -> None:
    raw = {"train": folder / "straight.csv"}
    given = {"target": "price", "encode": "ordinal"}
    train(engine, "preprocessor", raw, given, tmp_path / "transform")
    transform = Stage("preprocessor", tmp_path / "transform" / "model.tar.gz")
    batch = TransformJob([transform], folder / "straight.csv", "text/csv", PARQUET)
    jobs.transform(batch, tmp_path / "features", engine, logs=discard_line).raise_for_status()
    features = {"train": tmp_path / "features" / "straight.csv.out"}
    switch = {"num_round": "20", "enable_categorical": "true"}
    train(engine, "xgboost", features, switch, tmp_path / "booster", PARQUET)
    model = tmp_path / "booster" / "model.tar.gz"
    with tarfile.open(model) as archive:
        member = archive.extractfile("xgboost-model")
        assert member is not None
        booster = xgb.Booster(model_file=bytearray(member.read()))
    assert booster.feature_names == ["area", "rooms", "zone"]
    assert booster.feature_types == ["q", "q", "c"]
    rows = b"area,rooms,zone\n64,2,C\n64,2,A\n64,2,Z\n"
    with Endpoint([transform, Stage("xgboost", model)], engine, logs=discard_line) as both:
        found = [float(line) for line in both.invoke(rows, "text/csv").body.splitlines()]
    matrix = xgb.DMatrix(np.array([[64, 2, 2], [64, 2, 0], [64, 2, np.nan]]))
    assert found == pytest.approx(booster.predict(matrix, validate_features=False).tolist())
    texts = pd.DataFrame({"zone": ["C", "A", "Z"], "area": [64] * 3, "rooms": [2] * 3})
    with Endpoint([Stage("xgboost", model)], engine, logs=discard_line) as alone:
        body = texts.to_parquet(index=False)
        assert [float(x) for x in alone.invoke(body, PARQUET).body.splitlines()] == found
