from __future__ import annotations

import pytest

from tandem.contract.hyperparameters import (
    REQUIRED,
    Condition,
    Hyperparameter,
    resolve_hyperparameters,
)
from tandem.contract.value_types import choice, json_object, optional, real, whole
from tandem.errors import UserError

ROUNDS = Hyperparameter("num_round", whole(1), REQUIRED, "Rounds.")
ETA = Hyperparameter("eta", real(0, 1), 0.3, "Step.", ("learning_rate",))
METHOD = Hyperparameter("method", choice("hist", "exact"), "hist", "Method.")
THREADS = Hyperparameter("nthread", optional(whole(1)), None, "Threads.")
SCHEMA = (ROUNDS, ETA, METHOD, THREADS)


def test_text_becomes_typed_values_and_defaults_fill_the_rest() -> None:
    values = resolve_hyperparameters(SCHEMA, {"num_round": "50", "eta": "0.1"})
    assert (values[ROUNDS], values[ETA], values[METHOD], values[THREADS]) == (50, 0.1, "hist", None)
    assert values.select_given(SCHEMA) == {"num_round": 50, "eta": 0.1}


@pytest.mark.parametrize("text", ["0.1", '"0.1"'])
def test_a_doubly_quoted_value_equals_the_plain_one(text: str) -> None:
    assert resolve_hyperparameters(SCHEMA, {"num_round": "5", "eta": text})[ETA] == 0.1


def test_an_alias_sets_the_hyperparameter_it_stands_for() -> None:
    assert resolve_hyperparameters(SCHEMA, {"num_round": "5", "learning_rate": "0.2"})[ETA] == 0.2


def test_what_the_platform_adds_is_tolerated() -> None:
    values = resolve_hyperparameters(
        SCHEMA, {"num_round": "5", "_tuning_objective_metric": "x", "sagemaker_region": '"r"'}
    )
    assert values.given == {"num_round"}


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        ({}, "hyperparameter 'num_round' is required. Rounds."),
        (
            {"num_rounds": "5"},
            "hyperparameter 'num_rounds' is unknown; did you mean 'num_round'?",
        ),
        ({"num_round": "5", "xyz": "1"}, "hyperparameter 'xyz' is unknown. Known are eta, learn"),
        (
            {"num_round": "0"},
            "hyperparameter 'num_round' must be a whole number, 1 or more, and is '0'.",
        ),
        (
            {"num_round": "5", "eta": "2"},
            "hyperparameter 'eta' must be a number from 0 to 1, and is '2'.",
        ),
        (
            {"num_round": "5", "eta": "1", "learning_rate": "1"},
            "hyperparameter 'eta' is given twice, as 'learning_rate' too.",
        ),
    ],
)
def test_a_mistake_is_named(raw: dict[str, str], sentence: str) -> None:
    with pytest.raises(UserError) as caught:
        resolve_hyperparameters(SCHEMA, raw)
    assert str(caught.value).startswith(sentence)


KIND = Hyperparameter("kind", choice("tree", "line"), "tree", "Kind.")
DEPTH = Hyperparameter("depth", whole(0), 6, "Depth.", needs=Condition("kind", ("tree",)))
SLOPE = Hyperparameter(
    "slope", optional(whole(1)), None, "Slope.", needs=Condition("kind", ("line",), required=True)
)
OLD = Hyperparameter("old", choice("x"), "x", "It is gone.", inert=True)
MORE: Hyperparameter[dict[str, object]] = Hyperparameter("more.*", json_object(), {}, "More.")
DEPENDENT = (KIND, DEPTH, SLOPE, OLD, MORE)


def test_what_has_no_effect_is_left_out_and_remarked() -> None:
    values = resolve_hyperparameters(
        DEPENDENT, {"kind": "line", "slope": "2", "depth": "3", "old": "x"}
    )
    assert (values[DEPTH], values[SLOPE], sorted(values.given)) == (6, 2, ["kind", "slope"])
    assert values.select_effective(DEPENDENT) == {"kind": "line", "slope": 2, "more.*": {}}
    assert values.remarks == (
        "hyperparameter 'depth' is left out: it has an effect only with kind tree, and kind is"
        " line",
        "hyperparameter 'old' is left out: It is gone.",
    )


def test_what_another_hyperparameter_requires_is_named() -> None:
    with pytest.raises(UserError, match="hyperparameter 'slope' is required by kind line"):
        resolve_hyperparameters(DEPENDENT, {"kind": "line"})
    assert resolve_hyperparameters(DEPENDENT, {})[SLOPE] is None


def test_a_prefix_gathers_names() -> None:
    values = resolve_hyperparameters(DEPENDENT, {"more.a": "1", "more.b": '"x"'})
    assert values[MORE] == {"a": "1", "b": "x"}
