"""Prediction through the C API is `Booster.inplace_predict`, to the bit."""

from __future__ import annotations

import gc
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import xgboost as xgb
from hypothesis import given, settings
from hypothesis import strategies as some
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from booster.predict import inplace_prediction
from booster.predict.inplace_prediction import InPlacePredictor
from booster.serving import BoosterModel
from tandem.data.tables import Table
from tests.golden.serving import OBJECTIVES, ROWS, load_booster

WIDTH = ROWS.shape[1]
BOOSTERS = {objective: load_booster(objective) for objective in OBJECTIVES}
MODELS = {objective: BoosterModel(booster) for objective, booster in BOOSTERS.items()}

values = (
    some.floats(-4, 4, width=16) | some.just(np.nan) | some.floats(-(2.0**99), 2.0**99, width=32)
)
shapes = some.tuples(some.integers(1, 12), some.just(WIDTH))
tables = some.one_of(
    [arrays(dtype, shapes, elements=values) for dtype in (np.float32, np.float64)]
    + [arrays(np.float32, shapes, elements=values).map(np.asfortranarray)]
)


def library(booster: xgb.Booster, rows: NDArray[np.floating]) -> NDArray[np.float32]:
    """Ask as everybody does."""
    found = booster.inplace_predict(np.ascontiguousarray(rows, dtype=np.float32))
    return np.asarray(found, dtype=np.float32).reshape(len(rows), -1)


@pytest.mark.parametrize("objective", OBJECTIVES)
@settings(max_examples=40)
@given(rows=tables)
def test_a_table_scores_as_in_the_library_whole_and_row_by_row(
    objective: str, rows: NDArray[np.floating]
) -> None:
    expected = library(BOOSTERS[objective], rows)
    found = MODELS[objective].predict(Table(rows)).numbers
    assert (found.shape, found.dtype) == (expected.shape, expected.dtype)
    assert found.tobytes() == expected.tobytes()
    alone = [MODELS[objective].predict(Table(rows[i : i + 1])).numbers for i in range(len(rows))]
    assert np.concatenate(alone).tobytes() == expected.tobytes()


def grown(width: int, **parameters: object) -> tuple[xgb.Booster, NDArray[np.float32]]:
    """Train a model of some width; the last feature is a category."""
    generator = np.random.default_rng(width)
    rows = generator.normal(size=(300, width)).astype(np.float32)
    rows[:, -1] = generator.integers(0, 6, size=300)
    rows[generator.random(rows.shape) < 0.1] = np.nan
    label = np.nan_to_num(rows[:, 0]) + (rows[:, -1] == 3)
    types = ["q"] * (width - 1) + ["c"]
    matrix = xgb.DMatrix(rows, label, feature_types=types, enable_categorical=True)
    return xgb.train({"max_depth": 3, "nthread": 1, **parameters}, matrix, 8), rows


@pytest.mark.parametrize(
    "parameters",
    [
        {"booster": "gbtree"},
        {"booster": "dart", "rate_drop": 0.5},
        {"num_parallel_tree": 3, "subsample": 0.5},
        {"max_cat_to_onehot": 1},
    ],
    ids=str,
)
def test_categories_and_every_kind_of_tree_model(parameters: dict[str, object]) -> None:
    booster, rows = grown(7, **parameters)
    assert InPlacePredictor(booster)(rows).tobytes() == library(booster, rows).tobytes()
    assert len(np.unique(library(booster, rows))) > 20


def test_models_of_several_widths_take_turns_on_every_thread() -> None:
    grew = [grown(width) for width in (3, 9, 5)]
    models = [
        (InPlacePredictor(booster), rows, library(booster, rows).tobytes())
        for booster, rows in grew
    ]

    def ask(turn: int) -> bool:
        predict, rows, expected = models[turn % len(models)]
        return predict(rows).tobytes() == expected

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(ask, range(300)))


def test_an_answer_is_the_callers_own() -> None:
    predict = InPlacePredictor(BOOSTERS["multi:softprob"])
    rows = ROWS.astype(np.float32)
    first = predict(rows)
    before = first.tobytes()
    predict(rows[::-1].copy())
    assert first.tobytes() == before
    first += 1


def test_no_row_is_no_answer() -> None:
    predict = InPlacePredictor(BOOSTERS["reg:squarederror"])
    assert predict(np.empty((0, WIDTH), dtype=np.float32)).shape[0] == 0


def test_what_the_library_would_misread_is_refused() -> None:
    predict = InPlacePredictor(BOOSTERS["reg:squarederror"])
    rows = ROWS.astype(np.float32)
    for wrong in (ROWS, rows[:, ::-1], rows[::2], np.asfortranarray(rows)):
        with pytest.raises(TypeError, match="C-contiguous float32"):
            predict(wrong)
    for shape in ((4, WIDTH + 1), (4, WIDTH - 1), (WIDTH,), (1, 4, WIDTH)):
        with pytest.raises(ValueError, match=r"not \(rows, 5\)"):
            predict(np.zeros(shape, dtype=np.float32))


def test_a_threads_proxy_ends_with_it() -> None:
    held: list[weakref.ref[object]] = []

    def ask() -> None:
        InPlacePredictor(BOOSTERS["reg:squarederror"])(ROWS.astype(np.float32))
        held.append(weakref.ref(inplace_prediction._local.buffer))

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    gc.collect()
    assert [reference() for reference in held] == [None]
