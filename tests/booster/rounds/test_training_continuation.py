"""What a given model settles is kept by the job that goes on from it, or refused by name."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xgboost as xgb

from booster.model import booster_io
from booster.params.hyperparameters import SCHEMA
from booster.params.objectives import OBJECTIVES, Margin
from booster.params.training_config import resolve_config
from booster.training import train
from tandem.contract.hyperparameters import resolve_hyperparameters
from tandem.contract.training_job import Job
from tandem.errors import UserError
from tests.booster.model.test_booster_io import following
from tests.booster.params.test_objectives import NEEDED, kind
from tests.booster.training_jobs import make_features, make_labels

ROWS = make_features().astype(np.float32)
CLASSES = {"objective": "multi:softprob", "num_class": "3"}
QUANTILES = {"objective": "reg:quantileerror", "quantile_alpha": "0.1,0.9"}


def parameters(texts: dict[str, str]) -> dict[str, Any]:
    values = resolve_hyperparameters(SCHEMA, {"num_round": "3", "nthread": "2", **texts})
    return {**resolve_config(values, None, ROWS.shape[1]).parameters, "verbosity": 0}


def plain(label: str, texts: dict[str, str], before: xgb.Booster | None = None) -> xgb.Booster:
    """Let the library train three rounds by itself, on the rows a job trains on."""
    rows = xgb.QuantileDMatrix(ROWS[:160], make_labels(label)[:160])
    return xgb.train(parameters(texts), rows, 3, xgb_model=before)


def following_plain(
    root: Path, label: str, first: dict[str, str], second: dict[str, str]
) -> tuple[xgb.Booster, Job]:
    model = plain(label, first)
    booster_io.save(model, root)
    job = following(root / "job", root, {"num_round": "3", **second}, kind=label)
    return model, job


@pytest.mark.parametrize(
    ("label", "first", "second", "sentence"),
    [
        ("number", {"booster": "dart"}, {}, "'model' has booster dart, and hyperparameter 'booster'"
         " is gbtree. Set it to dart, or begin without the model."),
        ("number", {}, {"booster": "dart"}, "has booster gbtree, and hyperparameter 'booster' is"),
        ("number", {}, {"booster": "gblinear"}, "has booster gbtree, and .* is gblinear. Set it"),
        ("positive", {}, {"objective": "survival:aft"}, "has objective reg:squarederror, and"
         " hyperparameter 'objective' is survival:aft. Set it to reg:squarederror, or begin"),
        ("binary", {"objective": "binary:logistic"}, {}, "has objective binary:logistic, and"),
        ("class", CLASSES, {**CLASSES, "num_class": "4"}, "has num_class 3, and .* is 4"),
        ("number", {"base_score": "2"}, {"base_score": "3"}, "has base_score 2, and hyperparameter"
         " 'base_score' is 3. Leave 'base_score' out"),
        ("number", {}, {"base_score": "3"}, "has base_score -?0[.][0-9]*, and .* is 3"),
        ("number", {"num_parallel_tree": "3"}, {"num_parallel_tree": "2"},
         "has num_parallel_tree 3, and hyperparameter 'num_parallel_tree' is 2. Set it to 3"),
        ("class", {**CLASSES, "multi_strategy": "multi_output_tree"}, CLASSES,
         "has multi_strategy multi_output_tree, and .* is one_output_per_tree"),
        ("class", CLASSES, {**CLASSES, "multi_strategy": "multi_output_tree"},
         "has multi_strategy one_output_per_tree, and .* is multi_output_tree"),
        ("number", QUANTILES, {**QUANTILES, "quantile_alpha": "0.2,0.8"},
         "has quantile_alpha 0.1,0.9, and hyperparameter 'quantile_alpha' is 0.2,0.8"),
    ],
)  # fmt: skip
def test_what_a_model_settles_otherwise_is_refused(
    label: str, first: dict[str, str], second: dict[str, str], sentence: str, tmp_path: Path
) -> None:
    _, job = following_plain(tmp_path, label, first, second)
    with pytest.raises(UserError, match=sentence):
        train(job)
    assert not list(job.model_dir.iterdir())


@pytest.mark.parametrize(
    ("label", "first", "second"),
    [
        ("number", {"num_parallel_tree": "3"}, {}),
        ("number", {"base_score": "2"}, {}),
        ("number", {"base_score": "0.1"}, {"base_score": "0.1"}),
        ("positive", {}, {"objective": "reg:squaredlogerror"}),
        ("class", CLASSES, {**CLASSES, "objective": "multi:softmax"}),
        ("number", {"booster": "dart"}, {"booster": "dart", "rate_drop": "0.5"}),
        ("number", QUANTILES, QUANTILES),
    ],
)
def test_what_agrees_goes_on_as_the_library_itself_does(
    label: str, first: dict[str, str], second: dict[str, str], tmp_path: Path
) -> None:
    model, job = following_plain(tmp_path, label, first, second)
    train(job)
    found, judge = booster_io.load(job.model_dir), plain(label, second, model)
    assert found.num_boosted_rounds() == judge.num_boosted_rounds() == 6
    assert found.get_dump() == judge.get_dump()
    rows = xgb.DMatrix(ROWS)
    assert found.predict(rows).tolist() == judge.predict(rows).tolist()


@pytest.mark.parametrize("margin", [margin for margin in Margin if margin is not Margin.OWN])
def test_objectives_of_one_margin_read_each_others_models_alike(margin: Margin) -> None:
    rows = xgb.DMatrix(ROWS)
    alike = [objective.name for objective in OBJECTIVES if objective.margin is margin]
    assert len(alike) > 1
    for one, other in permutations(alike, 2):
        classes = NEEDED.get(one, {})
        model = plain(kind(one), {"objective": one, **classes})
        read = xgb.Booster(
            parameters({"objective": other, **NEEDED.get(other, {})}),
            model_file=model.save_raw("ubj"),
        )
        before, after = (m.predict(rows, output_margin=True) for m in (model, read))
        assert after.tolist() == before.tolist(), (one, other)


def test_a_number_of_the_model_is_no_category_of_the_job(tmp_path: Path) -> None:
    codes = {"enable_categorical": "true", "categorical_features": "1"}
    lines = [f"{row % 2},0.5,{row % 3}" for row in range(30)]
    narrow = np.array([[0.5, row % 3] for row in range(30)], dtype=np.float32)
    model = xgb.train({}, xgb.DMatrix(narrow, [row % 2 for row in range(30)]), 1)
    booster_io.save(model, tmp_path)
    job = following(tmp_path / "job", tmp_path, codes)
    for name in ("train", "validation"):
        (job.channels[name].path / "data.csv").write_text("\n".join([*lines, ""]))
    with pytest.raises(UserError, match="feature 'f1' is a category in this job, and a number in"):
        train(job)


def test_a_checkpoint_of_a_job_that_began_with_another_model_is_refused(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    for number, sentence in ((1, None), (1, None), (2, "channel model was check sum .* and is")):
        root = tmp_path / f"{len(list(tmp_path.iterdir()))}"
        root.mkdir()
        first = {"max_depth": str(number)}
        _, job = following_plain(root, "number", first, {})
        job = replace(job, checkpoints=kept)
        if sentence is None:
            train(job)
        else:
            with pytest.raises(UserError, match=sentence):
                train(job)
