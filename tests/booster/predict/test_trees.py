"""The walk of the trees is XGBoost's own prediction, to the bit, or XGBoost predicts."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost as xgb
from numpy.typing import NDArray

from booster import serving
from booster.data.dataset import Dataset
from booster.data.features import InMemoryFeatures
from booster.model import c_api
from booster.model.c_api import LoadedBooster
from booster.predict import predictor_selection
from booster.predict.dataset_predictions import predict_rows
from booster.predict.inplace_prediction import InPlacePredictor
from booster.predict.trees import tree_arrays
from booster.predict.trees.equivalence_check import predictors_agree
from booster.predict.trees.forest import Forest, build_forest
from booster.predict.trees.native_predictor import NativePredictor, load_library
from booster.predict.trees.threaded_prediction import open_threaded

ROOT = Path(__file__).parents[3]
compiled = pytest.mark.skipif(load_library() is None, reason="made without a C compiler")
WIDTH = 6
WALKED: list[dict[str, object]] = [
    {},
    {"base_score": -3.25},
    {"tree_method": "exact", "gamma": 1.0, "max_depth": 9},
    {"tree_method": "approx"},
    {"grow_policy": "lossguide", "max_leaves": 60, "max_depth": 0},
    {"max_depth": 13, "min_child_weight": 0},
    {"num_parallel_tree": 5, "subsample": 0.5},
    {"objective": "reg:logistic", "base_score": 0.3},
    {"objective": "binary:logistic", "scale_pos_weight": 3},
    {"objective": "reg:tweedie"},
    {"objective": "count:poisson"},
    {"objective": "multi:softprob", "num_class": 4},
    {"objective": "reg:quantileerror", "quantile_alpha": [0.1, 0.5, 0.9]},
    {"objective": "rank:map"},
    {"objective": "multi:softmax", "num_class": 4},
    {"objective": "binary:hinge"},
    {"feature_types": "c", "max_cat_to_onehot": 99},
    {"feature_types": "c", "max_cat_to_onehot": 1, "max_depth": 9},
    {
        "feature_types": "c",
        "objective": "multi:softprob",
        "num_class": 4,
        "grow_policy": "lossguide",
    },
]
NOT_WALKED: list[dict[str, object]] = [
    {"booster": "dart", "rate_drop": 0.3},
    {"multi_strategy": "multi_output_tree"},
]


def values(rows: int, seed: int = 0) -> NDArray[np.float32]:
    generator = np.random.default_rng(seed)
    found = (generator.normal(size=(rows, WIDTH)) * 2).astype(np.float32)
    found[generator.random(found.shape) < 0.1] = np.nan
    found[:, -1] = np.abs(found[:, -1]) // 1
    return found


ROWS = values(700)


def labels(parameters: Mapping[str, object]) -> NDArray[Any]:
    score: NDArray[np.float32] = np.nan_to_num(ROWS[:, 0] * ROWS[:, 1] + ROWS[:, 5])
    objective = str(parameters.get("objective"))
    if "num_class" in parameters:
        return np.digitize(score, [-1, 0, 2]).astype(np.float32)
    if objective.startswith(("binary:", "rank:", "reg:logistic")):
        return (score > 0).astype(np.float32)
    if "multi_strategy" in parameters:
        return np.stack([score, -score], axis=1)
    return np.abs(score) + 0.1


def grown(parameters: Mapping[str, object], rounds: int = 20) -> xgb.Booster:
    given = dict(parameters)
    types = ["q"] * (WIDTH - 1) + [str(given.pop("feature_types", "q"))]
    matrix = xgb.DMatrix(ROWS, labels(given), feature_types=types, enable_categorical=True)
    if given.get("objective") == "rank:map":
        matrix.set_group([70] * 10)
    booster = xgb.train({"nthread": 1, **given}, matrix, rounds)
    c_api.use_one_thread(booster)
    return booster


@compiled
@pytest.mark.parametrize("parameters", WALKED, ids=str)
def test_a_walk_has_the_bits_of_xgboost(parameters: dict[str, object]) -> None:
    booster = grown(parameters)
    walk, in_place = predictor_selection.choose_predictor(booster), InPlacePredictor(booster)
    assert isinstance(walk, NativePredictor)
    asked = np.concatenate([values(900, seed=1), np.full((1, WIDTH), np.nan, np.float32)])
    expected = in_place(asked)
    classes = parameters.get("objective") in {"multi:softmax", "binary:hinge"}
    assert len(np.unique(expected)) > (1 if classes else 20)
    assert walk(asked).shape == expected.shape
    assert walk(asked).tobytes() == expected.tobytes()
    for rows in (0, 1, 7, 8, 9, 31, 32, 33, 65):
        assert walk(asked[:rows]).tobytes() == expected[:rows].tobytes()
    alone = [walk(asked[place : place + 1]) for place in range(0, 901, 3)]
    assert np.concatenate(alone).tobytes() == expected[::3].tobytes()


@compiled
@pytest.mark.parametrize("parameters", NOT_WALKED, ids=str)
def test_xgboost_predicts_where_it_must(
    parameters: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, logger="tandem"):
        predict = predictor_selection.choose_predictor(grown(parameters, 3))
    assert isinstance(predict, InPlacePredictor)
    assert "XGBoost itself predicts with this model: " in caplog.text


def altered(booster: xgb.Booster, part: str, change: float) -> Forest:
    """Change a little in the first tree's root, or in its first leaf."""
    made = build_forest(c_api.read_document(booster))
    nodes, weights = made.nodes.copy(), made.weights.copy()
    leaf = int(np.flatnonzero(np.isnan(nodes["threshold"]))[0])
    if part == "weight":
        weights[leaf] += np.copysign(np.float32(1e-4), change)
    elif part == "threshold":
        nodes["threshold"][0] = np.nextafter(nodes["threshold"][0], np.float32(change))
    else:
        nodes["feature"][0] = (nodes["feature"][0] + WIDTH) % (2 * WIDTH)
    return replace(made, nodes=nodes, weights=weights)


@compiled
@pytest.mark.parametrize("part", ["weight", "threshold", "missing"])
@pytest.mark.parametrize("change", [np.inf, -np.inf])
def test_a_walk_that_errs_a_little_is_found_out(
    part: str, change: float, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    booster = grown({"max_depth": 2}, 4)
    wrong = altered(booster, part, change)
    walks = load_library()
    assert walks is not None
    assert not predictors_agree(wrong, NativePredictor(wrong, walks), InPlacePredictor(booster))
    monkeypatch.setattr(predictor_selection, "build_forest", lambda _: wrong)
    assert isinstance(predictor_selection.choose_predictor(booster), InPlacePredictor)
    assert "the walk of its trees differs" in caplog.text


@compiled
@pytest.mark.parametrize("content", [b"{}", b"{i\x07learner{}}", b"?"])
def test_what_another_version_saves_is_xgboosts(
    content: bytes, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(c_api, "save_to_bytes", lambda _: content)
    assert isinstance(predictor_selection.choose_predictor(grown({}, 2)), InPlacePredictor)
    assert "its models lack what walks need" in caplog.text


@compiled
@pytest.mark.parametrize("objective", ["reg:squarederror", "multi:softprob"])
@pytest.mark.parametrize("best", [None, 3])
def test_the_trees_of_a_large_file_are_read_from_it(
    objective: str, best: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"num_class": 4} if objective.startswith("multi") else {}
    booster = grown({"objective": objective, "num_parallel_tree": 2, **given}, 6)
    if best is not None:
        booster.set_attr(best_iteration=str(best))
    content = bytes(booster.save_raw("ubj"))
    monkeypatch.setattr(predictor_selection, "_MAX_BYTES", len(content) - 1)
    monkeypatch.setattr(c_api, "save_to_bytes", None)
    (tmp_path / "xgboost-model").write_bytes(content)
    served = serving.load(tmp_path)
    assert isinstance(served._predict[0], NativePredictor)
    expected = booster.predict(xgb.DMatrix(ROWS), iteration_range=(0, (best or 5) + 1))
    assert served._predict[0](ROWS).tobytes() == expected.tobytes()


@compiled
def test_a_large_model_is_not_saved_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    model = bytes(grown({}, 2).save_raw("ubj"))
    for most, kind in ((len(model), NativePredictor), (len(model) - 1, InPlacePredictor)):
        monkeypatch.setattr(predictor_selection, "_MAX_BYTES", most)
        assert isinstance(predictor_selection.choose_predictor(LoadedBooster(model)), kind)
        assert isinstance(
            predictor_selection.choose_predictor(LoadedBooster(model).slice_rounds(1)), kind
        )


@compiled
def test_nodes_are_arranged_alike_in_any_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    document = c_api.read_document(grown({"feature_types": "c", "max_cat_to_onehot": 1}))
    whole = build_forest(document)
    monkeypatch.setattr(tree_arrays, "_NODES", 100)
    assert len(list(tree_arrays._group_trees(np.full(20, 60)))) > 5
    parts = build_forest(document)
    for name in ("nodes", "weights", "trees", "base"):
        assert getattr(parts, name).tobytes() == getattr(whole, name).tobytes()


@compiled
@pytest.mark.parametrize("most", [1, 1000])
def test_any_code_goes_where_xgboost_sends_it(most: int) -> None:
    generator = np.random.default_rng(2)
    codes = generator.integers(0, 300, size=(2000, 3)).astype(np.float32)
    codes[generator.random(codes.shape) < 0.1] = np.nan
    score = np.sin(np.nan_to_num(codes) * 7).sum(axis=1)
    matrix = xgb.DMatrix(codes, score, feature_types=["c", "c", "q"], enable_categorical=True)
    given = {"nthread": 1, "max_cat_to_onehot": most, "max_depth": 7, "max_cat_threshold": 200}
    booster = xgb.train(given, matrix, 20)
    c_api.use_one_thread(booster)
    walk = predictor_selection.choose_predictor(booster)
    assert isinstance(walk, NativePredictor)
    asked = generator.choice(
        np.array([*range(330), np.nan, -1, 2.5, 1e6, 2**24 - 1, 2**24, 1e9], np.float32), (3000, 3)
    )
    assert walk(asked).tobytes() == InPlacePredictor(booster)(asked).tobytes()


def test_without_what_was_compiled_xgboost_predicts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predictor_selection, "load_library", lambda: None)
    assert isinstance(predictor_selection.choose_predictor(grown({}, 2)), InPlacePredictor)


def test_what_would_be_misread_is_refused() -> None:
    walk = predictor_selection.choose_predictor(grown({}, 2))
    with pytest.raises(TypeError, match="C-contiguous float32"):
        walk(ROWS.astype(np.float64))
    with pytest.raises(ValueError, match=r"not \(rows, 6\)"):
        walk(np.zeros((3, WIDTH + 1), dtype=np.float32))


@pytest.mark.parametrize("objective", ["reg:squarederror", "multi:softprob"])
def test_a_data_set_is_predicted_as_by_the_library(objective: str) -> None:
    given: dict[str, object] = {"objective": objective}
    booster = grown(given | ({"num_class": 4} if "multi" in objective else {}))
    label = np.zeros(len(ROWS), np.float32)
    found = predict_rows(Dataset(InMemoryFeatures(ROWS), label, None), booster)
    expected = booster.predict(xgb.DMatrix(ROWS))
    assert found.shape == expected.shape
    assert found.tobytes() == expected.tobytes()
    booster.set_param({"nthread": 3})
    with open_threaded(predictor_selection.choose_predictor(booster), booster) as predict:
        one = expected.reshape(len(ROWS), -1)
        assert predict(ROWS).tobytes() == one.tobytes()
        assert predict(ROWS[:2]).tobytes() == one[:2].tobytes()


def test_threads_walk_at_once() -> None:
    models = [grown({"max_depth": depth}, 10) for depth in (2, 5)]
    asked = [
        (predictor_selection.choose_predictor(model), InPlacePredictor(model)(ROWS).tobytes())
        for model in models
    ]

    def ask(turn: int) -> bool:
        walk, expected = asked[turn % 2]
        return walk(ROWS).tobytes() == expected

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(ask, range(200)))


def built(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    version = "containers/runtime/tandem/_version.py"
    for part in ("scripts/hatch_build.py", version, "containers/xgboost"):
        source, target = ROOT / part, folder / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("*.so", "__pycache__"))
        else:
            shutil.copy(source, target)
    environment = {key: text for key, text in os.environ.items() if key != "CC"} | variables
    return subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder / "dist")],
        cwd=folder / "containers" / "xgboost",
        env=environment,
        capture_output=True,
        text=True,
    )


@compiled
def test_a_wheel_has_the_walk_where_there_is_a_compiler(tmp_path: Path) -> None:
    assert built(tmp_path).returncode == 0
    (wheel,) = (tmp_path / "dist").iterdir()
    assert "-py3-none-any" not in wheel.name
    names = zipfile.ZipFile(wheel).namelist()
    assert "booster/predict/trees/libnative_predictor.so" in names
    assert not [name for name in names if name.endswith(".c")]


def test_a_wheel_without_a_compiler_leaves_it_out_and_says_so(tmp_path: Path) -> None:
    done = built(tmp_path, PATH=str(tmp_path))
    assert "no C compiler: slower, with the same results" in done.stdout + done.stderr
    (wheel,) = (tmp_path / "dist").iterdir()
    assert wheel.name.endswith("-py3-none-any.whl")


def test_a_compiler_that_is_named_must_do_it(tmp_path: Path) -> None:
    done = built(tmp_path, CC="false")
    assert done.returncode != 0
    assert "false cannot compile native_predictor.c" in done.stdout + done.stderr


def test_one_that_is_found_and_cannot_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "cc").write_text("#!/bin/sh\necho no stdio.h >&2\nexit 1\n")
    (tmp_path / "cc").chmod(0o755)
    done = built(tmp_path, PATH=f"{tmp_path}:/bin")
    assert "cannot compile native_predictor.c: no stdio.h" in done.stdout + done.stderr
    (wheel,) = (tmp_path / "dist").iterdir()
    assert wheel.name.endswith("-py3-none-any.whl")
