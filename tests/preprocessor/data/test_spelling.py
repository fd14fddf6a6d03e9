"""The same categories give the same bits, whatever format and spelling they are fitted and sent in.

An artifact of version 0.1.0, whose recipe has no `one_spelling`, answers as it did.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preprocessor.data.channel_records import read_channel
from preprocessor.fit.in_memory import InMemoryDataset
from preprocessor.fit.out_of_core.dask_local import LocalEngine
from preprocessor.fit.out_of_core.dataset import OutOfCoreDataset
from preprocessor.fit.recipe_fit import FittedRecipe
from preprocessor.hyperparameters import SCHEMA
from preprocessor.infer.recipe_builder import build_recipe
from preprocessor.recipe import definition
from preprocessor.recipe.recipe_request import merge_request
from preprocessor.serving import TransformModel
from tandem import codecs
from tandem.contract.hyperparameters import resolve_hyperparameters
from tandem.contract.sigterm import Stop
from tandem.contract.training_job import Channel
from tandem.data.unusual_counts import UNSEEN

Body = tuple[str, bytes]
Form = Callable[[pd.DataFrame], Body]
NUMBERS = ("code", "flag", "price")
COLUMNS = {
    "code": ["category", {"type": "category", "hash": True, "rare": False}],
    "flag": {"type": "category", "target_encode": True},
    "word": "category",
}
ROWS = pd.DataFrame(
    {
        "code": [3, 20, None, 3, 100, 20, 3, -1, 0, 3, 20, 100],
        "flag": [True, False, True, True, False, None, True, False, True, False, True, False],
        "word": list("abcabcabcabc"),
        "price": range(12),
    }
)


def texts(values: pd.Series, word: Callable[[Any], str]) -> pd.Series:
    words = [None if pd.isna(value) else word(value) for value in values.tolist()]
    return pd.Series(words, values.index, dtype=object)


def worded(number: str, truth: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Spell numbers by a format, and booleans by a method of texts."""

    def words(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(
            code=texts(frame["code"], lambda value: format(value, number)),
            flag=texts(frame["flag"], lambda value: getattr(str(value), truth)()),
        )

    return words


def typed(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(code=frame["code"].astype("Int64"), flag=frame["flag"].astype("boolean"))


def floats(frame: pd.DataFrame) -> pd.DataFrame:
    """Make what pandas makes of integers with a gap."""
    return frame.assign(code=frame["code"].astype("float64"), flag=frame["flag"].astype("boolean"))


def categoricals(frame: pd.DataFrame) -> pd.DataFrame:
    return typed(frame).astype({"code": "category", "flag": "category"})


def csv(frame: pd.DataFrame) -> Body:
    return "text/csv; header=present", frame.to_csv(index=False).encode()


def objects(frame: pd.DataFrame) -> list[dict[str, Any]]:
    columns = frame.astype(object).where(frame.notna(), None)
    rows = columns.to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]


def as_json(frame: pd.DataFrame) -> Body:
    return "application/json", json.dumps({"instances": objects(frame)}).encode()


def lines(frame: pd.DataFrame) -> Body:
    return "application/jsonlines", "\n".join(map(json.dumps, objects(frame))).encode()


def parquet(frame: pd.DataFrame) -> Body:
    out = io.BytesIO()
    frame.to_parquet(out)
    return "application/x-parquet", out.getvalue()


FORMATS: tuple[Form, ...] = (csv, as_json, lines, parquet)
SPELLINGS = (
    *(worded(".0f", "lower"), worded(".1f", "title"), worded(".18e", "upper")),
    *(typed, floats, categoricals),
)


def fit(
    folder: Path,
    body: Body,
    hyperparameters: Mapping[str, str] | None = None,
    *,
    parts: bool = False,
) -> FittedRecipe:
    folder.mkdir(exist_ok=True)
    (folder / "data").write_bytes(body[1])
    channel = Channel("train", folder, body[0])
    values = {"target": "price", "columns": json.dumps(COLUMNS), **(hyperparameters or {})}
    question = merge_request(resolve_hyperparameters(SCHEMA, values))
    if parts:
        data = OutOfCoreDataset.from_engine(LocalEngine(channel, Stop()), frozenset({"", "NA"}))
        return data.fit(build_recipe(data, question))
    raw = read_channel(channel)
    whole = InMemoryDataset(raw.names, raw.files)
    return whole.fit(build_recipe(whole, question))


def answer(done: FittedRecipe, body: Body) -> tuple[bytes, bytes, int]:
    """Transform a body: its features, its labels, and how many categories were unseen."""
    codec, parameters = codecs.find_decoder(body[0])
    model = TransformModel(done.recipe, done.plan)
    table = model.schema.read(codec.open_body(body[1], parameters))
    found = model.predict(table)
    unseen = sum(found.counts.get(UNSEEN, name) for name in COLUMNS) if found.counts else 0
    return found.numbers.tobytes(), np.asarray(found.label).tobytes(), unseen


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> FittedRecipe:
    return fit(tmp_path_factory.mktemp("fit"), csv(typed(ROWS)))


forms = st.tuples(st.sampled_from(FORMATS), st.sampled_from(SPELLINGS))
MANY = settings(max_examples=30, deadline=None)


@MANY
@given(form=forms, parts=st.booleans())
def test_a_fit_is_the_same_in_every_format_and_spelling(
    reference: FittedRecipe, tmp_path_factory: pytest.TempPathFactory, form: Any, parts: bool
) -> None:
    write, spell = form
    done = fit(tmp_path_factory.mktemp("fit"), write(spell(ROWS)), parts=parts)
    assert done.recipe == reference.recipe
    assert done.plan.to_json() == reference.plan.to_json()


@pytest.mark.parametrize("spell", SPELLINGS)
def test_a_fit_to_counts_merges_the_spellings(
    tmp_path: Path, spell: Callable[[pd.DataFrame], pd.DataFrame]
) -> None:
    columns = {"columns": json.dumps({**COLUMNS, "flag": {"type": "category", "rare": True}})}
    mixed = pd.concat([frame(ROWS).astype(object) for frame in (spell, SPELLINGS[0])])
    whole, counts = (
        fit(tmp_path / str(parts), csv(mixed), columns, parts=parts) for parts in (False, True)
    )
    assert counts.recipe == whole.recipe
    assert counts.plan.to_json() == whole.plan.to_json()
    seen = {column.name: column.seen for column in whole.recipe.columns}
    assert seen["code"] == ("-1", "0", "100", "20", "3")
    assert seen["flag"] == ("false", "true")


@MANY
@given(form=forms, rows=st.lists(st.integers(0, 11), min_size=1, max_size=4), named=st.booleans())
def test_an_answer_is_the_same_in_every_format_and_spelling(
    reference: FittedRecipe, form: Any, rows: list[int], named: bool
) -> None:
    write, spell = form
    frame = ROWS.iloc[rows] if named else ROWS.iloc[rows].drop(columns="price")
    expected = answer(reference, csv(typed(frame)))
    assert answer(reference, write(spell(frame))) == expected
    assert expected[2] == 0


def test_what_is_no_training_category_is_unseen_in_every_spelling(reference: FittedRecipe) -> None:
    for code in ("3.5", "003", "+3", "7.0", "1"):
        body = csv(pd.DataFrame({"code": [code], "flag": ["T"], "word": ["a"]}))
        assert answer(reference, body)[2] == 2


def test_an_artifact_without_the_mark_takes_words_as_they_are(
    reference: FittedRecipe, tmp_path: Path
) -> None:
    path = tmp_path / definition.NAME
    content = json.loads(reference.recipe.to_json())
    assert content.pop("one_spelling") is True
    path.write_text(json.dumps(content))
    old = definition.load_recipe(path)
    model = TransformModel(old, reference.plan)
    rows = [["3", "true", "a"], ["3.0", "True", "a"]]
    codec, parameters = codecs.find_decoder("application/json")
    table = model.schema.read(codec.open_body(json.dumps(rows).encode(), parameters))
    assert table.texts.tolist() == rows
    assert table.counts is not None
    assert [table.counts.get(UNSEEN, name) for name in ("code", "flag")] == [1, 1]


def test_classes_keep_the_names_they_have_in_training(tmp_path: Path) -> None:
    frame = ROWS.assign(price=["True", "False", "maybe"] * 4)
    typed_frame = frame.assign(price=[True, False, "maybe"] * 4)
    done = fit(tmp_path / "a", csv(frame), {"columns": '{"flag": "drop"}'})
    other = fit(tmp_path / "b", as_json(typed_frame), {"columns": '{"flag": "drop"}'})
    assert done.recipe.classes == ("False", "maybe", "True")
    assert other.recipe.classes == ("false", "maybe", "true")
    assert done.plan.to_json() == other.plan.to_json()
    mixed = fit(
        tmp_path / "c",
        csv(frame.assign(price=["True", "False", "maybe", "TRUE"] * 3)),
        {"columns": '{"flag": "drop"}'},
    )
    assert mixed.recipe.classes == ("False", "maybe", "true")
    labels = [answer(d, csv(frame.assign(price=["TRUE"] * 12)))[1] for d in (done, other, mixed)]
    assert labels == [np.full(12, 2.0).tobytes()] * 3


def test_words_for_true_and_false_are_read_in_every_spelling(tmp_path: Path) -> None:
    columns = {"code": {"truth": {"ones": ["2"], "zeros": ["1.0"]}}, "flag": "drop"}
    frame = pd.DataFrame({"code": [1, 2] * 10, "flag": "x", "word": "w", "price": range(20)})
    done = fit(tmp_path, csv(frame), {"columns": json.dumps(columns)})
    expected = answer(done, csv(frame))
    for body in (csv(frame.astype({"code": float})), lines(frame.astype({"code": float}))):
        assert answer(done, body) == expected
    assert set(np.frombuffer(expected[0], np.float32)) == {0.0, 1.0}


def test_crossed_categories_are_spelled_even_where_a_column_is_dropped(tmp_path: Path) -> None:
    how = {
        "columns": '{"flag": "drop", "code": "category"}',
        "interactions": '[{"columns": ["flag", "code"], "onehot": true}]',
    }
    frame = ROWS.fillna({"code": 5, "flag": True})
    forms = [write(spell(frame)) for write in (csv, parquet) for spell in SPELLINGS[:5]]
    fits = [fit(tmp_path / str(index), body, how) for index, body in enumerate(forms)]
    assert len({done.plan.to_json() for done in fits}) == 1
    assert len({answer(fits[0], body) for body in forms}) == 1


def test_a_number_that_means_missing_does_so_in_every_spelling(tmp_path: Path) -> None:
    frame = pd.DataFrame({"size": [5.0, -999.0, 7.5, 8.0], "price": range(4)})
    whole = frame.assign(size=["5", "-999", "7.5", "8"])
    forms = (csv(whole), csv(frame), as_json(frame), parquet(frame))
    for marker in ("-999", "-999.0"):
        columns = {"columns": '{"size": {"impute": "none"}}', "missing_values": marker}
        folders = [tmp_path / f"{marker} {index}" for index in range(4)]
        fits = [fit(*pair, columns) for pair in zip(folders, forms, strict=True)]
        assert [done.recipe.columns[0].missing for done in fits] == [1] * 4
        for body in forms:
            found = np.frombuffer(answer(fits[0], body)[0], np.float32)
            assert np.array_equal(found, [5, np.nan, 7.5, 8], equal_nan=True)
