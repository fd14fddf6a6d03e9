"""Blanks around cells and names: one rule for every format, at the fit and in requests."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessor import serving
from preprocessor.data.channel_records import ChannelRecords
from preprocessor.fit.out_of_core.dataset import OutOfCoreDataset
from preprocessor.fit.recipe_fit import FittedRecipe, fit_recipe
from preprocessor.hyperparameters import SCHEMA
from preprocessor.infer.recipe_builder import build_recipe
from preprocessor.plan import fitted_transform
from preprocessor.recipe import definition
from preprocessor.recipe.recipe_request import RecipeRequest, merge_request
from preprocessor.serving import TransformModel
from preprocessor.training import train
from preprocessor.transforms.kernels.arrays import Array
from tandem import codecs
from tandem.contract.hyperparameters import resolve_hyperparameters
from tandem.data.tables import Records
from tandem.errors import BadData, UserError
from tests.preprocessor.fit.out_of_core.test_dataset import Dealt
from tests.preprocessor.training_jobs import prepare_job, train_job

NAMES = ("Smoker", "Zip", "Note", "Cover")
WORDS = ("No", "Yes", "never seen", "NA", "")
LONG = "many different words stand in this text"
ROWS = [
    (("No", "Yes")[n % 2], f"z{n % 3}", f"{LONG} {n} ", ("basic", "full", "NA")[n % 3])
    for n in range(24)
]
CATEGORY = {"columns": '{"Smoker": "category"}'}
CONTENT_TYPES = {"data.jsonl": "application/jsonlines", "data.parquet": "application/x-parquet"}
BLANKS = st.text(st.sampled_from(" \t\N{NO-BREAK SPACE}"), max_size=2)


def done(rows: Sequence[tuple[str, ...]], **hyperparameters: str) -> FittedRecipe:
    records = Records(rows, NAMES)
    values = resolve_hyperparameters(
        SCHEMA, {"target": "Cover", "missing_target": "keep", **hyperparameters}
    )
    decided = build_recipe(ChannelRecords(NAMES, (records,)), merge_request(values))
    return fit_recipe(decided, decided.build_schema().to_table(records))


def served(fitted: FittedRecipe, form: str, names: Sequence[str], row: Sequence[str]) -> Array:
    """Give the features of one row that is sent in a form, under names."""
    model = TransformModel(fitted.recipe, fitted.plan)
    frame = pd.DataFrame([row], columns=list(names), dtype=object)
    body = {
        "text/csv": lambda: frame.to_csv(index=False).encode(),
        "application/json": lambda: json.dumps(dict(zip(names, row, strict=True))).encode(),
        "application/x-parquet": lambda: frame.to_parquet(None, index=False),
    }[form]()
    codec, parameters = codecs.find_decoder(form)
    return model.predict(model.schema.read(codec.open_body(body, parameters))).numbers


FITTED = done(ROWS)
PLAIN = {
    (form, word): served(FITTED, form, NAMES[:3], (word, "z1", LONG))
    for form in ("text/csv",)
    for word in WORDS
}


@pytest.mark.parametrize("form", ["text/csv", "application/json", "application/x-parquet"])
@given(word=st.sampled_from(WORDS), blanks=st.tuples(BLANKS, BLANKS, BLANKS, BLANKS))
def test_a_row_has_the_same_features_with_and_without_blanks_in_every_format(
    form: str, word: str, blanks: tuple[str, ...]
) -> None:
    before, after, left, right = blanks
    names = [f"{left}{name}{right}" for name in NAMES[:3]]
    row = [f"{before}{cell}{after}" for cell in (word, "z1", LONG)]
    expected = PLAIN["text/csv", word]
    assert served(FITTED, form, names, row).tobytes() == expected.tobytes()


@given(st.lists(st.tuples(BLANKS, BLANKS), min_size=len(ROWS), max_size=len(ROWS)))
def test_a_fit_with_blanks_around_every_cell_is_the_fit_without(
    pairs: list[tuple[str, str]],
) -> None:
    padded = [
        tuple(f"{before}{cell}{after}" for cell in row)
        for row, (before, after) in zip(ROWS, pairs, strict=True)
    ]
    found = done(padded)
    assert found.plan.to_json() == FITTED.plan.to_json()
    assert found.recipe.to_json() == FITTED.recipe.to_json()


def test_classes_that_differ_by_blanks_are_one() -> None:
    rows = [(*row[:3], " full" if row[3] == "full" else row[3]) for row in ROWS]
    found = done([*rows, *ROWS])
    assert found.recipe.classes == ("basic", "full")
    assert found.plan.width == FITTED.plan.width


def test_the_switch_keeps_blanks_in_training_and_in_requests() -> None:
    rows = [(" No", *ROWS[0][1:]), *ROWS]
    found = done(rows, strip_blanks="false", drop="Zip,Note", **CATEGORY)
    assert found.recipe.features == ("Smoker= No", "Smoker=No", "Smoker=Yes")
    for word, features in ((" No", [1, 0, 0]), ("No", [0, 1, 0]), ("Yes ", [0, 0, 0])):
        row = word, "z1", LONG
        assert served(found, "application/json", NAMES[:3], row).tolist() == [features]


def test_an_artifact_from_before_the_switch_answers_as_it_did(tmp_path: Path) -> None:
    table = pd.DataFrame(ROWS, columns=NAMES)
    folder = train_job(
        tmp_path,
        table,
        {"target": "Cover", "missing_target": "keep", "drop": "Zip,Note", **CATEGORY},
    ).model
    new = serving.load_model(folder)
    values = json.loads((folder / definition.NAME).read_text())
    assert values.pop("strip_blanks") is True
    (folder / definition.NAME).write_text(json.dumps(values))
    old = serving.load_model(folder)
    record = Records([(" No", "z1", LONG)], NAMES[:3])
    assert new.predict(new.schema.to_table(record)).numbers.tolist() == [[1, 0]]
    assert old.predict(old.schema.to_table(record)).numbers.tolist() == [[0, 0]]


def test_the_log_names_the_columns_with_blanks_and_the_switch(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    table = pd.DataFrame(ROWS, columns=NAMES)
    table.loc[:4, "Smoker"] = " No"
    table.loc[3:4, "Cover"] = "full "
    with caplog.at_level(logging.INFO):
        train_job(tmp_path, table, {"target": "Cover", "missing_target": "keep", "drop": "Note"})
    assert (
        "blanks around texts are stripped in 'Smoker' (5 rows), 'Cover' (2 rows); set"
        " 'strip_blanks' to false to keep them" in caplog.messages
    )


def test_a_fit_in_parts_strips_the_same_and_finds_the_cell_that_is_wrong() -> None:
    rows = [(" a " if n % 3 else "a", f" {n % 2}") for n in range(12)] + [("b", "1")] * 4
    whole = build_recipe(ChannelRecords(("x", "price"), (Records(rows, ("x", "price")),)), _asked())
    data = OutOfCoreDataset.from_engine(Dealt([rows[:5], rows[5:]]), frozenset({"", "NA"}))
    parted = data.fit(build_recipe(data, _asked()))
    assert replace(parted.recipe, features=(), sources=()) == whole
    assert parted.recipe.features == ("x=a", "x=b")
    dates = [(f" 2024-01-{day:02} ", "1") for day in range(1, 29)] + [(" soon ", "1")]
    data = OutOfCoreDataset.from_engine(Dealt([dates[:9], dates[9:]]), frozenset({"", "NA"}))
    with pytest.raises(BadData, match="a text stands among dates") as caught:
        build_recipe(data, _asked())
    assert (caught.value.where.file, caught.value.where.row) == ("file 1", 20)


def test_names_that_are_one_without_their_blanks_are_refused() -> None:
    with pytest.raises(BadData, match="more than once"):
        served(FITTED, "application/json", ("Smoker", " Smoker", "Note"), ("No", "No", LONG))


def test_a_name_with_blanks_in_the_recipe_is_refused_with_the_name_there_is() -> None:
    with pytest.raises(UserError, match="did you mean 'Smoker'"):
        done(ROWS, drop='[" Smoker"]')


@pytest.mark.parametrize("in_parts", ["true", "false"])
@pytest.mark.parametrize("name", CONTENT_TYPES)
def test_names_with_blanks_train_in_every_format_as_in_csv(
    tmp_path: Path, name: str, in_parts: str
) -> None:
    frame = pd.DataFrame(ROWS, columns=[f" {name}\t" for name in NAMES])
    wish = {"target": "Cover", "missing_target": "keep", "drop": "Note", "fit_in_parts": in_parts}
    csv = train_job(tmp_path / "csv", frame, wish).model
    job = prepare_job(tmp_path / "other", frame, wish)
    kind = CONTENT_TYPES[name]
    job = replace(job, channels={"train": replace(job.channels["train"], content_type=kind)})
    folder = job.paths.data / "train"
    (folder / "data.csv").unlink()
    if name.endswith("jsonl"):
        frame.to_json(folder / name, orient="records", lines=True)
    else:
        frame.to_parquet(folder / name, index=False)
    train(job)
    for file in (fitted_transform.NAME, definition.NAME):
        assert (job.paths.model / file).read_text() == (csv / file).read_text()


def _asked() -> RecipeRequest:
    return merge_request(resolve_hyperparameters(SCHEMA, {"target": "price"}))
