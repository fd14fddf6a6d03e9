"""The plan that serves gives the very bits the fitted scikit-learn transform gives."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preprocessor.data.data_frame import build_frame
from preprocessor.plan import fitted_transform
from preprocessor.serving import TransformModel
from tandem.data.tables import Table
from tandem.errors import BadData, UserError
from tests.preprocessor.fits import fit_rows, is_replayed

NAMES = ("size", "rooms", "zone", "street", "price")
NUMBER = st.one_of(st.just("NA"), st.floats(-1e12, 1e12).map(repr), st.integers(-9, 9).map(str))
TEXT = st.one_of(st.just("NA"), st.sampled_from(["A", "B", "é", "a,b", " ", "(missing)"]))
ROWS = st.lists(st.tuples(NUMBER, NUMBER, TEXT, TEXT, st.just("1")), min_size=3, max_size=12)
TYPES = {"size": "number", "rooms": "number", "zone": "category", "street": "category"}


@settings(max_examples=40)
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
    done, table = fit_rows(
        NAMES, present, columns=json.dumps(TYPES), impute=impute, scale=scale, encode=encode
    )
    assert is_replayed(done)
    expected = done.transformer.transform(build_frame(table, done.recipe.build_schema()))
    assert done.plan.apply(table).tobytes() == expected.astype(np.float32).tobytes()
    again = fitted_transform.from_json(json.loads(done.plan.to_json()), Path())
    assert again.apply(table).tobytes() == expected.astype(np.float32).tobytes()


HOUSES = [
    ("50", "2", "A", "NA", "1"),
    ("70.5", "NA", "B", "x", "2"),
    ("NA", "4", "A", "y", "3"),
]


def test_known_rows_give_known_features() -> None:
    done, table = fit_rows(NAMES, HOUSES)
    assert list(done.recipe.features) == [
        "size",
        "rooms",
        "zone=A",
        "zone=B",
        "street=(missing)",
        "street=x",
        "street=y",
    ]
    assert done.plan.apply(table).tolist() == [
        [50.0, 2.0, 1.0, 0.0, 1.0, 0.0, 0.0],
        [70.5, 3.0, 0.0, 1.0, 0.0, 1.0, 0.0],
        [60.25, 4.0, 1.0, 0.0, 0.0, 0.0, 1.0],
    ]
    assert done.recipe.rows == 3


def test_a_row_is_transformed_the_same_alone_and_among_others() -> None:
    done, table = fit_rows(NAMES, HOUSES, scale="standard")
    together = done.plan.apply(table)
    for row in range(len(table)):
        alone = Table(table.numbers[row : row + 1], table.texts[row : row + 1])
        assert done.plan.apply(alone).tobytes() == together[row : row + 1].tobytes()


def test_class_names_become_class_numbers_and_a_new_one_is_refused() -> None:
    rows = [("1", "2", "A", "B", name) for name in ("cat", "dog", "cat")]
    rows = [(str(index), *row[1:]) for index, row in enumerate(rows)]
    done, table = fit_rows(NAMES, rows, columns=json.dumps(TYPES))
    assert done.recipe.classes == ("cat", "dog")
    model = TransformModel(done.recipe, done.plan)
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
        fit_rows(NAMES, HOUSES, columns='{"size": "nmber"}')
    with pytest.raises(UserError, match=r"'columns.size.scale.method' must be one of .* 'max'"):
        fit_rows(NAMES, HOUSES, columns='{"size": {"type": "number", "scale": "max"}}')
    with pytest.raises(UserError, match="'sise' is not in the header of the training data; did"):
        fit_rows(NAMES, HOUSES, columns='{"sise": "number"}')
    with pytest.raises(UserError, match="no column is left to make features of"):
        fit_rows(NAMES, HOUSES, drop="size,rooms,zone,street")
