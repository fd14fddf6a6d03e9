"""Every hyperparameter reaches XGBoost, and contradictions are refused by name."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb

from booster.params.hyperparameters import INERT, SCHEMA
from booster.params.xgboost_parameters import XGBOOST_PARAMETERS
from tandem.contract.hyperparameters import resolve_hyperparameters
from tandem.errors import UserError
from tests.booster.training_jobs import make_features, prepare_job, train_job

# A value other than the default, and what it needs to have an effect.
SAMPLES: dict[str, tuple[str, dict[str, str]]] = {
    "eta": ("0.1", {}),
    "gamma": ("0.5", {}),
    "lambda": ("3", {}),
    "alpha": ("0.4", {}),
    "base_score": ("0.2", {}),
    "updater": ("grow_colmaker,prune", {}),
    "device": ("cpu", {}),
    "seed": ("7", {"subsample": "0.5"}),
    "verbosity": ("0", {}),
    "nthread": ("1", {}),
    "max_depth": ("2", {}),
    "max_leaves": ("3", {"grow_policy": "lossguide"}),
    "max_bin": ("8", {}),
    "min_child_weight": ("20", {}),
    "max_delta_step": ("0.1", {}),
    "subsample": ("0.5", {}),
    "sampling_method": ("gradient_based", {"subsample": "0.5"}),
    "colsample_bytree": ("0.5", {}),
    "colsample_bylevel": ("0.5", {}),
    "colsample_bynode": ("0.5", {}),
    "tree_method": ("exact", {"max_bin": "8"}),
    "grow_policy": ("lossguide", {"max_leaves": "6"}),
    "num_parallel_tree": ("3", {"subsample": "0.5"}),
    "multi_strategy": ("multi_output_tree", {"objective": "multi:softprob", "num_class": "3"}),
    "sample_type": ("weighted", {"booster": "dart", "rate_drop": "0.5", "num_round": "20"}),
    "normalize_type": ("forest", {"booster": "dart", "rate_drop": "0.5"}),
    "rate_drop": ("0.5", {"booster": "dart"}),
    "one_drop": ("1", {"booster": "dart"}),
    "skip_drop": ("0.9", {"booster": "dart", "rate_drop": "0.5"}),
    "feature_selector": ("greedy", {"booster": "gblinear", "top_k": "2"}),
    "top_k": ("1", {"booster": "gblinear", "feature_selector": "greedy"}),
    "scale_pos_weight": ("5", {"objective": "binary:logistic"}),
    "tweedie_variance_power": ("1.9", {"objective": "reg:tweedie"}),
    "huber_slope": ("0.2", {"objective": "reg:pseudohubererror"}),
    "aft_loss_distribution": ("extreme", {"objective": "survival:aft"}),
    "aft_loss_distribution_scale": ("0.3", {"objective": "survival:aft"}),
}
KINDS = {"survival:aft": "time", "reg:tweedie": "positive", "multi:softprob": "class"}
# These change how a model is made and not which; the others have stories of their own.
NO_OTHER_MODEL = {"device", "verbosity", "nthread"}
CATEGORIES = {"max_cat_to_onehot", "max_cat_threshold"}
ELSEWHERE = {"process_type", "refresh_leaf"} | CATEGORIES


def test_every_hyperparameter_has_a_sample() -> None:
    assert {p.name for p in XGBOOST_PARAMETERS} == set(SAMPLES) | ELSEWHERE


@pytest.mark.parametrize("name", SAMPLES)
def test_a_hyperparameter_changes_the_model(name: str, tmp_path: Path) -> None:
    text, needs = SAMPLES[name]
    objective = needs.get("objective", "reg:squarederror")
    kind = "binary" if objective.startswith("binary") else KINDS.get(objective, "number")
    with_it = train_job(tmp_path / "with", kind, {**needs, name: text})
    without = train_job(tmp_path / "without", kind, needs)
    values = xgb.DMatrix(make_features())
    same = np.array_equal(with_it.predict(values), without.predict(values))
    assert same == (name in NO_OTHER_MODEL)


@pytest.mark.parametrize(
    ("hyperparameters", "sentence"),
    [
        (
            {"objective": "multi:softmax"},
            "hyperparameter 'num_class' is required by objective multi:softmax.",
        ),
        (
            {"objective": "reg:quantileerror"},
            "hyperparameter 'quantile_alpha' is required by objective reg:quantileerror.",
        ),
        (
            {"monotone_constraints": "(1,0)"},
            "hyperparameter 'monotone_constraints' has 2 signs, and there are 6 features."
            " Give one sign for each feature, 0 where it is free.",
        ),
        (
            {"monotone_constraints": '{"area": 1}'},
            "hyperparameter 'monotone_constraints' names 'area', and the data has no feature"
            " names. Name features by position, counted from 0.",
        ),
        (
            {"interaction_constraints": "[[0,1],[2,6]]"},
            "hyperparameter 'interaction_constraints' names feature 6, and there are 6 features,"
            " counted from 0.",
        ),
        (
            {"extra.no_such_thing": "1"},
            "XGBoost does not use no_such_thing in this job. Leave it out; parameters under"
            " 'extra.' must be known to XGBoost.",
        ),
        ({"eval_metric": "rmze"}, "metric 'rmze' is unknown; did you mean 'rmse'?"),
        ({"eval_metric": "rmse@3"}, "metric 'rmse' takes no '@', and is given as 'rmse@3'."),
        (
            {"eval_metric": "error@half"},
            "metric 'error' takes a number as error@threshold, and is given as 'error@half'.",
        ),
        (
            {"eval_metric": "mlogloss", "objective": "reg:quantileerror", "quantile_alpha": "0.5"},
            "metric 'mlogloss' says nothing about objective reg:quantileerror."
            " Choose from mphe or quantile.",
        ),
        (
            {"device": "cuda"},
            "hyperparameter 'device' is cuda, and this image's XGBoost is built without CUDA.",
        ),
        (
            {"tree_method": "exact", "colsample_bynode": "0.5"},
            "XGBoost refuses this job: column sample by node is not yet supported by the exact",
        ),
    ],
)
def test_a_contradiction_is_refused(
    hyperparameters: dict[str, str], sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(UserError) as caught:
        train_job(tmp_path, "number", hyperparameters)
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize("text", ["(1,0,0,0,0,-1)", "[1, 0, 0, 0, 0, -1]", "1,0,0,0,0,-1"])
def test_monotone_constraints_hold(text: str, tmp_path: Path) -> None:
    booster = train_job(tmp_path, "number", {"num_round": "20", "monotone_constraints": text})
    values = np.zeros((50, 6), dtype=np.float32)
    values[:, 0] = np.linspace(-3, 3, 50)
    steps = np.diff(booster.inplace_predict(values))
    assert steps.min() >= 0
    assert steps.max() > 0


def test_interaction_constraints_hold(tmp_path: Path) -> None:
    booster = train_job(tmp_path, "number", {"interaction_constraints": "[[0,1],[2,3]]"})
    trees = [json.loads(tree) for tree in booster.get_dump(dump_format="json")]
    used = [branch for tree in trees for branch in branches(tree)]
    assert any(len(branch) > 1 for branch in used)
    assert [b for b in used if not (b <= {"f0", "f1"} or b <= {"f2", "f3"})] == []


def branches(node: dict[str, object], above: frozenset[str] = frozenset()) -> list[frozenset[str]]:
    children = node.get("children")
    if not isinstance(children, list):
        return [above]
    here = above | {str(node["split"])}
    return [branch for child in children for branch in branches(child, here)]


def test_an_extra_parameter_reaches_the_library(tmp_path: Path) -> None:
    ranked = {"objective": "rank:ndcg", "single_query": "true"}
    plain = train_job(tmp_path / "a", "count", ranked)
    extra = train_job(tmp_path / "b", "count", {**ranked, "extra.lambdarank_pair_method": "mean"})
    assert plain.save_raw("ubj") != extra.save_raw("ubj")


def test_what_has_no_effect_is_left_out_with_a_remark() -> None:
    texts = {"num_round": "1", "booster": "gblinear", "max_depth": "3", "predictor": "gpu"}
    values = resolve_hyperparameters(SCHEMA, texts)
    assert values.remarks == (
        "hyperparameter 'max_depth' is left out: it has an effect only with booster gbtree or"
        " dart, and booster is gblinear",
        "hyperparameter 'predictor' is left out: XGBoost 3 has no such choice.",
    )
    assert values.select_given(XGBOOST_PARAMETERS) == {}


@pytest.mark.parametrize("name", [parameter.name for parameter in INERT])
def test_what_is_inert_is_accepted(name: str, tmp_path: Path) -> None:
    assert prepare_job(tmp_path, "number", {name: "1"}).hyperparameters.given >= {"num_round"}


def test_the_lines_of_a_quiet_job_and_its_default_metric(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train_job(tmp_path, "binary", {"objective": "binary:logistic", "num_round": "2"})
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["[0]\ttrain-logloss", "[1]\ttrain-logloss"]
