"""One-hot features whose zeros are left out: the same bits in rows that stay short."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessor.plan import fitted_transform
from preprocessor.serving import TransformModel
from preprocessor.transforms.steps import STEPS
from preprocessor.transforms.steps.onehot import SparseOneHotReplay
from tandem import codecs
from tandem.contract.settings import read
from tandem.data.schema.matrix_schema import MatrixSchema
from tandem.serving.model_service import ModelService
from tests.preprocessor.fit.out_of_core.test_dataset import FEW, same
from tests.preprocessor.fits import (
    fit_column,
    fit_rows,
    is_replayed,
    make_hostile_rows,
    reload_plan,
)
from tests.preprocessor.transforms.steps.test_steps import TEXT, same_bits
from tests.preprocessor.transforms.steps.test_texts import by_scikit_learn, filled

CHAINED = {"SAGEMAKER_SAFE_PORT_RANGE": "9000-9999", "SAGEMAKER_BIND_TO_PORT": "8081"}
TREATMENTS: list[dict[str, Any]] = [
    {"onehot": {"absent": "missing"}},
    {"onehot": {"absent": "missing", "max_categories": 2}, "flag": True},
    {"onehot": {"absent": "missing", "min_frequency": 2}, "lower": True},
]


@pytest.mark.parametrize("treatment", TREATMENTS, ids=str)
@FEW
@given(st.lists(TEXT, min_size=2, max_size=12), st.lists(TEXT, max_size=5))
def test_sparse_rows_keep_every_bit(
    treatment: dict[str, Any], cells: list[str], unseen: list[str]
) -> None:
    known = ["A", "A", "B", *cells]
    done, training = fit_column(known, {"type": "category", **treatment})
    assert is_replayed(done)
    again = fitted_transform.from_json(json.loads(done.plan.to_json()), Path())
    assert again.sparse
    rest = fit_column([*known, *unseen], {"type": "category", **treatment})[1]
    for table in (training, rest, make_hostile_rows(done)):
        same_bits(filled(again.apply(table)), by_scikit_learn(done, table))
        compressed = again.apply_sparse(table).to_dense(again.width)
        same_bits(compressed.astype(np.float32), again.apply(table))
    alone = np.concatenate([again.apply(row) for row in rest.split(1)])
    same_bits(again.apply(rest), alone)


@pytest.mark.parametrize("treatment", TREATMENTS, ids=str)
@FEW
@given(st.lists(TEXT, min_size=2, max_size=30), st.integers(0, 9))
def test_a_fit_in_parts_gives_the_same(
    treatment: dict[str, Any], cells: list[str], seed: int
) -> None:
    same({"type": "category", **treatment}, ["A", "A", "B", *cells], seed, exact=True)


def test_an_absent_category_is_missing_or_zero_as_the_recipe_says() -> None:
    nan = float("nan")
    rows = [("a", "x", "1"), ("b", "y", "2"), ("a", "y", "3")]
    wish = '{"onehot": {"absent": "missing"}}'
    done, table = fit_rows(("u", "v", "price"), rows, columns=f'{{"u": {wish}, "v": {wish}}}')
    expected = [[1, nan, 1, nan], [nan, 1, nan, 1], [1, nan, nan, 1]]
    np.testing.assert_array_equal(done.plan.apply(table), expected)
    done, table = fit_rows(("u", "v", "price"), rows, columns='{"u": "onehot", "v": "onehot"}')
    np.testing.assert_array_equal(done.plan.apply(table), np.nan_to_num(expected))


SHOPS = [(f"shop {n % 4000}", str(n % 7), "1") for n in range(8000)]
BODY = "".join(f"{shop},{size}\n" for shop, size, _ in SHOPS[:1000]).encode()


@pytest.mark.parametrize(
    ("columns", "width", "least", "most"),
    [
        ('{"Shop": "onehot"}', 4001, 16_004_000, 16_005_000),
        ("{}", 201, 804_000, 805_000),
        ('{"Shop": {"onehot": {"absent": "missing"}}}', 4001, 0, 60_000),
    ],
    ids=["every category", "limited", "sparse"],
)
def test_a_thousand_rows_of_four_thousand_categories_go_to_the_next_container(
    columns: str, width: int, least: int, most: int
) -> None:
    done, _ = fit_rows(("Shop", "size", "price"), SHOPS, columns=columns)
    model = TransformModel(done.recipe, done.plan)
    assert model.sparse is (least == 0)
    answer = ModelService(model, read(CHAINED)).invoke("text/csv", None, BODY)
    assert done.plan.width == width
    assert least <= len(answer.body) < most
    codec, parameters = codecs.find_decoder(answer.content_type)
    sent = MatrixSchema(width, done.recipe.features).read(codec.open_body(answer.body, parameters))
    records = codecs.find_decoder("text/csv")[0].open_body(BODY, {})
    same_bits(sent.numbers.astype(np.float32), done.plan.apply(model.schema.read(records)))


def test_scikit_learn_serves_sparse_rows_in_the_same_places(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    treatment = {"type": "category", "onehot": {"absent": "missing"}}
    expected, table = fit_column(["a", "b", "c", "a"], treatment)

    def nudged(step: Any, estimator: Any) -> Any:
        replay: Any = original(step, estimator)
        return SparseOneHotReplay(replay.width, replay.places, [0])

    original = type(STEPS["onehot"]).read_replay
    monkeypatch.setattr(type(STEPS["onehot"]), "read_replay", nudged)
    done, _ = fit_column(["a", "b", "c", "a"], treatment)
    assert not is_replayed(done)
    served = reload_plan(done, tmp_path)
    assert served.sparse
    same_bits(served.apply(table), expected.plan.apply(table))
