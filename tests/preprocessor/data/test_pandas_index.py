"""A fit does not hang on the index of a data frame, unless the recipe names it."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from preprocessor.hyperparameters import SCHEMA
from preprocessor.recipe import definition
from preprocessor.recipe.definition import Column
from preprocessor.serving import load_model
from preprocessor.training import train
from tandem import codecs
from tandem.contract.hyperparameters import resolve_hyperparameters
from tandem.contract.paths import Paths
from tandem.contract.sigterm import Stop
from tandem.contract.training_job import Channel, Job
from tandem.errors import UserError
from tests.preprocessor.training_jobs import make_houses

PARQUET = "application/x-parquet"
FRAME = make_houses(40).drop(columns=["Id", "Agent", "Ghost"])
INDEXED = FRAME.set_axis(pd.Index([f"house {n % 7}" for n in range(40)], name="house"))


def body(frame: pd.DataFrame) -> bytes:
    out = io.BytesIO()
    frame.to_parquet(out)
    return out.getvalue()


def fit(root: Path, frame: pd.DataFrame, **hyperparameters: str) -> Paths:
    """Train on two files."""
    paths = Paths(root)
    (paths.data / "train").mkdir(parents=True)
    paths.model.mkdir()
    for name, rows in (("a", frame[:25]), ("b", frame[25:])):
        (paths.data / "train" / name).write_bytes(body(rows))
    values = resolve_hyperparameters(SCHEMA, {"target": "SalePrice", **hyperparameters})
    channels = {"train": Channel("train", paths.data / "train", PARQUET)}
    train(Job(values, channels, paths, stop=Stop()))
    return paths


def written(paths: Paths) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(paths.model.iterdir())}


@pytest.mark.parametrize("parts", ["true", "false"])
def test_rows_with_and_without_an_index_make_one_model(tmp_path: Path, parts: str) -> None:
    plain = fit(tmp_path / "plain", FRAME, fit_in_parts=parts)
    indexed = fit(tmp_path / "indexed", INDEXED, fit_in_parts=parts)
    assert written(indexed) == written(plain)
    model = load_model(indexed.model)
    codec, parameters = codecs.find_decoder(PARQUET)
    answers = [
        model.predict(model.schema.read(codec.open_body(body(frame), parameters)))
        for frame in (FRAME, INDEXED, FRAME.drop(columns="SalePrice"))
    ]
    assert answers[0].label is not None
    for answer in answers[1:]:
        assert np.array_equal(answer.numbers, answers[0].numbers)


@pytest.mark.parametrize("parts", ["true", "false"])
@pytest.mark.parametrize(
    ("hyperparameters", "kind"),
    [
        ({"columns": '{"house": "category"}'}, "category"),
        ({"drop": "house"}, "drop"),
        ({"interactions": '[["house", "Zone"]]'}, "category"),
    ],
)
def test_an_index_that_the_recipe_names_is_a_column(
    tmp_path: Path, parts: str, hyperparameters: dict[str, str], kind: str
) -> None:
    paths = fit(tmp_path, INDEXED, fit_in_parts=parts, **hyperparameters)
    found = {c.name: c.type for c in load_recipe(paths)}
    assert found["house"] == kind


def test_an_index_can_be_the_target(tmp_path: Path) -> None:
    frame = FRAME.set_index("SalePrice")
    paths = fit(tmp_path, frame)
    assert "SalePrice" not in {c.name for c in load_recipe(paths)}
    with pytest.raises(UserError, match="the target 'Price' is not in the header"):
        fit(tmp_path / "other", frame, target="Price")


def load_recipe(paths: Paths) -> tuple[Column, ...]:
    return definition.load_recipe(paths.model / definition.NAME).columns
