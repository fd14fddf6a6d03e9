"""The plan that serves gives the very bits the fitted scikit-learn transform gives."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preprocessor import parity, plan
from preprocessor.asking import asked
from preprocessor.deciding import decide
from preprocessor.hyperparameters import SCHEMA
from preprocessor.pipeline import build, frame
from preprocessor.plan import Plan
from preprocessor.raw import Raw
from preprocessor.reading import plan_of
from preprocessor.recipe import Recipe
from preprocessor.serving import TransformModel
from preprocessor.steps.impute import ImputeReplay
from tandem.data.tables import Records, Table
from tandem.errors import BadData, TandemError, UserError
from tandem.hyperparameters import resolve

NAMES = ("size", "rooms", "zone", "street", "price")
NUMBER = st.one_of(st.just("NA"), st.floats(-1e12, 1e12).map(repr), st.integers(-9, 9).map(str))
TEXT = st.one_of(st.just("NA"), st.sampled_from(["A", "B", "é", "a,b", " ", "(missing)"]))
ROWS = st.lists(st.tuples(NUMBER, NUMBER, TEXT, TEXT, st.just("1")), min_size=3, max_size=12)
TYPES = {"size": "number", "rooms": "number", "zone": "category", "street": "category"}


def fitted(
    rows: Sequence[tuple[str, ...]], **hyperparameters: str
) -> tuple[Recipe, Plan, Any, Table]:
    raw = Raw(NAMES, (Records(rows, NAMES),))
    decided = decide(raw, asked(resolve(SCHEMA, {"target": "price", **hyperparameters})))
    schema = decided.schema()
    table = schema.table(raw.files[0])
    transformer = build(decided).fit(frame(table, schema))
    return decided, plan_of(transformer, decided), transformer, table


@settings(deadline=None, max_examples=40)
@given(
    ROWS,
    st.sampled_from(["median", "mean", "zero"]),
    st.sampled_from(["none", "standard"]),
    st.sampled_from(["onehot", "ordinal"]),
)
def test_plan_and_scikit_learn_agree_bit_for_bit(
    rows: list[tuple[str, ...]], impute: str, scale: str, encode: str
) -> None:
    present = [("1", "2", "A", "B", "1"), *rows]
    decided, served, transformer, table = fitted(
        present, columns=json.dumps(TYPES), impute=impute, scale=scale, encode=encode
    )
    parity.check(transformer, served, decided.schema(), table)
    again = plan.from_json(json.loads(served.to_json()))
    assert again.apply(table).tobytes() == served.apply(table).tobytes()


HOUSES = [
    ("50", "2", "A", "NA", "1"),
    ("70.5", "NA", "B", "x", "2"),
    ("NA", "4", "A", "y", "3"),
]


def test_known_rows_give_known_features() -> None:
    decided, served, transformer, table = fitted(HOUSES)
    assert list(transformer.get_feature_names_out()) == [
        "size",
        "rooms",
        "zone=A",
        "zone=B",
        "street=(missing)",
        "street=x",
        "street=y",
    ]
    assert served.apply(table).tolist() == [
        [50.0, 2.0, 1.0, 0.0, 1.0, 0.0, 0.0],
        [70.5, 3.0, 0.0, 1.0, 0.0, 1.0, 0.0],
        [60.25, 4.0, 1.0, 0.0, 0.0, 0.0, 1.0],
    ]
    assert decided.rows == 3


def test_a_row_is_transformed_the_same_alone_and_among_others() -> None:
    _, served, _, table = fitted(HOUSES, scale="standard")
    together = served.apply(table)
    for row in range(len(table)):
        alone = Table(table.numbers[row : row + 1], table.texts[row : row + 1])
        assert served.apply(alone).tobytes() == together[row : row + 1].tobytes()


def test_a_plan_that_differs_in_one_bit_fails_the_fit() -> None:
    decided, served, transformer, table = fitted(HOUSES)
    (step, numbers), *rest = served.blocks[0].replays
    assert isinstance(numbers, ImputeReplay)
    moved = [np.nextafter(np.float32(60.25), np.float32(61)).item(), *numbers.fill[1:]]
    block = replace(served.blocks[0], replays=((step, replace(numbers, fill=moved)), *rest))
    wrong = Plan((block, *served.blocks[1:]))
    with pytest.raises(TandemError, match="differs from scikit-learn's in feature 'size'"):
        parity.check(transformer, wrong, decided.schema(), table)


def test_class_names_become_class_numbers_and_a_new_one_is_refused() -> None:
    rows = [("1", "2", "A", "B", name) for name in ("cat", "dog", "cat")]
    rows = [(str(index), *row[1:]) for index, row in enumerate(rows)]
    decided, served, _, table = fitted(rows, columns=json.dumps(TYPES))
    assert decided.classes == ("cat", "dog")
    model = TransformModel(decided, served)
    label = model.predict(table).label
    assert label is not None
    assert label.tolist() == [0.0, 1.0, 0.0]
    stranger = replace(table, label=np.array(["cat", "cow", "dog"], dtype=object))
    with pytest.raises(BadData, match="row 2, column 'price': the class was not there in training"):
        model.predict(stranger)


def test_a_step_or_option_that_does_not_exist_is_named() -> None:
    with pytest.raises(
        UserError, match=r"parameter 'columns.size.nmber' is no type of .* 'number'"
    ):
        fitted(HOUSES, columns='{"size": "nmber"}')
    with pytest.raises(UserError, match=r"'columns.size.scale.method' must be one of .* 'max'"):
        fitted(HOUSES, columns='{"size": {"type": "number", "scale": "max"}}')
    with pytest.raises(UserError, match="'sise' is not in the header of the training data; did"):
        fitted(HOUSES, columns='{"sise": "number"}')
    with pytest.raises(UserError, match="no column is left to make features of"):
        fitted(HOUSES, drop="size,rooms,zone,street")
