"""Values unlike those of training: what the recipe wants of them, and how they are told of."""

from __future__ import annotations

import gc
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from preprocessor import serving
from preprocessor.recipe import definition
from preprocessor.serving import TransformModel
from tandem.contract.settings import Settings
from tandem.errors import BadData, UserError
from tandem.serving.app import create_app
from tandem.serving.model_service import ModelService, make_service
from tests.preprocessor.fits import fit_rows

NAMES = ("size", "zone", "price")
ROWS = [("10", "A", "1"), ("20", "B", "2"), ("30", "NA", "3")]
FEATURES = ("size", "zone=(missing)", "zone=A", "zone=B")


def service(
    rules: Mapping[str, str],
    size: Mapping[str, str] | None = None,
    zone: Mapping[str, str] | None = None,
) -> ModelService:
    """Serve a recipe of two columns, with policies of their own or for all."""
    wishes = {
        "size": {"type": "number", **(size or {})},
        "zone": {"type": "category", "onehot": True, **(zone or {})},
    }
    done, _ = fit_rows(NAMES, ROWS, columns=json.dumps(wishes), **rules)
    assert done.recipe.features == FEATURES
    made = make_service(TransformModel(done.recipe, done.plan), Settings())
    assert isinstance(made, ModelService)
    return made


def told(made: ModelService, body: str) -> tuple[str, str]:
    answer = made.invoke("text/csv", "text/csv", body.encode())
    return answer.body.decode(), answer.headers.get("X-Tandem-Unusual", "")


@pytest.mark.parametrize(
    ("kind", "rule", "body", "answer", "header"),
    [
        ("unseen", "other", "10,C\n20,A\n", "10,0,0,0\n20,0,1,0\n", "unseen=1"),
        ("unseen", "missing", "10,C\n20,A\n", "10,1,0,0\n20,0,1,0\n", "unseen=1"),
        ("out_of_range", "keep", "9,A\n31,B\n", "9,0,1,0\n31,0,0,1\n", "out_of_range=2"),
        ("out_of_range", "limit", "9,A\n31,B\n", "10,0,1,0\n30,0,0,1\n", "out_of_range=2"),
        ("out_of_range", "missing", "9,A\n30,B\n", "20,0,1,0\n30,0,0,1\n", "out_of_range=1"),
        ("missing_column", "missing", "size\n10\n11\n", "10,1,0,0\n11,1,0,0\n", "missing_column=2"),
        ("unparsable", "missing", "ten,A\n11,B\n", "20,0,1,0\n11,0,0,1\n", "unparsable=1"),
        ("unparsable", "missing", "inf,A\n11,B\n", "20,0,1,0\n11,0,0,1\n", "unparsable=1"),
        (
            *("unseen", "error", "10,NA\n,A\n30,B\n"),
            *("10,1,0,0\n20,0,1,0\n30,0,0,1\n", "missing_value=1"),
        ),
    ],
)
def test_a_value_becomes_what_the_policy_says_and_is_counted(
    kind: str, rule: str, body: str, answer: str, header: str
) -> None:
    assert told(service({kind: rule}), body) == (answer, header)


@pytest.mark.parametrize(
    ("rules", "body", "sentence"),
    [
        (
            {"unseen": "error"},
            "10,A\n10,C\n",
            "row 2, column 'zone': the category was not there",
        ),
        (
            {"out_of_range": "error"},
            "10,A\n30.5,B\n",
            "row 2, column 'size': the number is not in the range of the training data, 10 to 30.",
        ),
        ({}, "size\n10\n", "row 1: column 'zone' is not there."),
        ({}, "10,A\nten,A\n", "row 2, column 'size': a number is expected, and the value is a w"),
    ],
)
def test_an_error_names_row_and_column(rules: dict[str, str], body: str, sentence: str) -> None:
    with pytest.raises(BadData) as caught:
        told(service(rules), body)
    assert str(caught.value).startswith(sentence)


def test_a_column_may_have_policies_of_its_own() -> None:
    made = service({"unseen": "error"}, {"out_of_range": "limit"}, {"unseen": "missing"})
    assert told(made, "99,C\n-1,D\n") == ("30,1,0,0\n10,1,0,0\n", "unseen=2;out_of_range=2")


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"size": {"unseen": "error"}}, "'columns.size.unseen' is no policy of a number"),
        (
            {"zone": {"unseen": "keep"}},
            "'columns.zone.unseen' must be one of other, missing, e",
        ),
        (
            {"size": [{"out_of_range": "keep"}, {"bin": 2, "out_of_range": "error"}]},
            "'columns.size.1.out_of_range' is asked for twice.",
        ),
    ],
)
def test_a_policy_that_cannot_be_is_named(columns: dict[str, object], sentence: str) -> None:
    with pytest.raises(UserError) as caught:
        fit_rows(NAMES, ROWS, columns=json.dumps(columns))
    assert str(caught.value).startswith(f"hyperparameter {sentence}")


def test_the_recipe_keeps_what_training_saw(tmp_path: Path) -> None:
    done, table = fit_rows(NAMES, [*ROWS, ("0.1", "é", "4")], unseen="missing")
    assert table.counts is None
    (tmp_path / "recipe.json").write_bytes(done.recipe.to_json())
    again = definition.load_recipe(tmp_path / "recipe.json")
    assert [column.seen for column in again.columns] == [(0.1, 30.0), ("A", "B", "é")]
    assert again.columns[1].policies == {"unseen": "missing", "missing_column": "error"}
    assert again.build_schema() == done.recipe.build_schema()


def test_an_endpoint_answers_with_the_counts_and_logs_them_as_a_metric(
    capfd: pytest.CaptureFixture[str],
) -> None:
    made = service({})
    client = create_app(made).test_client()
    answers = [
        client.post("/invocations", data=body, content_type="text/csv")
        for body in ("10,C\n11,D\n", "10,A\n", "99,C\n")
    ]
    headers = [answer.headers.get("X-Tandem-Unusual") for answer in answers]
    assert headers == ["unseen=2", None, "unseen=1;out_of_range=1"]
    attribute = "X-Amzn-SageMaker-Custom-Attributes"
    assert [a.headers.get(attribute) for a in answers] == headers
    first = json.loads(capfd.readouterr().out)
    metrics = first.pop("_aws")["CloudWatchMetrics"]
    assert first == {"unseen": 2, "columns": {"unseen": {"zone": 2}}}
    assert metrics == [
        {
            "Namespace": "Tandem",
            "Dimensions": [[]],
            "Metrics": [{"Name": "unseen", "Unit": "Count"}],
        }
    ]
    del made, client
    gc.collect()
    rest = json.loads(capfd.readouterr().out)
    assert (rest["unseen"], rest["out_of_range"]) == (1, 1)


def test_a_row_is_answered_the_same_alone_and_among_unusual_ones() -> None:
    made = service({"unseen": "missing", "out_of_range": "limit", "unparsable": "missing"})
    rows = ["10,A\n", "ten,C\n", "99,B\n", "-1,NA\n"]
    alone = "".join(told(made, row)[0] for row in rows)
    assert told(made, "".join(rows))[0] == alone


def test_many_categories_are_not_remembered() -> None:
    rows = [(str(i % 7), f"c{i}", "1") for i in range(10_001)]
    done, _ = fit_rows(NAMES, rows, columns='{"zone": "ordinal"}')
    assert done.recipe.columns[1].seen is None
    model = serving.TransformModel(done.recipe, done.plan)
    assert np.isfinite(model.predict(model.example()).numbers).all()


DAYS = [("2024-01-31", "yes", "1"), ("2024-02-01", "no", "2"), ("2024-02-02", "no", "3")]


def dated(
    sold: object = "datetime", pool: object = "boolean", **rules: str
) -> tuple[ModelService, tuple[dict[str, str], ...]]:
    """Serve a date and a boolean; gives the columns' policies too."""
    columns = json.dumps({"sold": sold, "pool": pool})
    done, _ = fit_rows(("sold", "pool", "price"), DAYS, columns=columns, **rules)
    made = make_service(TransformModel(done.recipe, done.plan), Settings())
    assert isinstance(made, ModelService)
    return made, tuple(dict(column.policies) for column in done.recipe.columns)


@pytest.mark.parametrize(
    ("row", "header"),
    [
        ("2024-03-01,no", ""),
        ("garbage,no", "unparsable=1"),
        ("03/04/2020,no", "unparsable=1"),
        ("1706704200000,no", "unparsable=1"),
        ("2024-02-30,perhaps", "unparsable=2"),
        (",yes", "missing_value=1"),
        ("2024-03-01,NA", "missing_value=1"),
        (",perhaps", "unparsable=1;missing_value=1"),
    ],
)
def test_an_unreadable_date_or_boolean_is_counted_as_a_number_is(row: str, header: str) -> None:
    made, policies = dated({"parts": "year,month", "since": True})
    assert policies[0] == {"missing_column": "error", "unparsable": "missing"}
    assert told(made, f"{row}\n")[1] == header
    # Among 1,500 rows, which are transformed in two parts, each is counted once.
    assert told(made, "2024-03-01,no\n" * 1500 + f"{row}\n")[1] == header


def test_an_unreadable_date_or_boolean_is_refused_where_that_is_the_policy() -> None:
    everywhere, policies = dated(unparsable="error")
    assert [rules["unparsable"] for rules in policies] == ["error", "error"]
    own, policies = dated({"type": "datetime", "unparsable": "error"})
    assert [rules["unparsable"] for rules in policies] == ["error", "missing"]
    step, _ = dated("datetime", {"truth": {"unknown": "error"}})
    with pytest.raises(BadData, match="row 2, column 'sold': a date is expected"):
        told(everywhere, "2024-03-01,no\nsoon,no\n")
    with pytest.raises(BadData, match="row 1, column 'pool': true or false is expected"):
        told(everywhere, "2024-03-01,perhaps\n")
    with pytest.raises(BadData, match="row 1, column 'sold': a date is expected"):
        told(own, "soon,no\n")
    assert told(own, "2024-03-01,perhaps\n")[1] == "unparsable=1"
    with pytest.raises(BadData, match="row 1, column 'pool': true or false is expected"):
        told(step, "2024-03-01,perhaps\n")


def test_a_date_for_a_transformer_of_another_library_is_counted_too() -> None:
    made, _ = dated({"parse": True, "transformer": "sklearn.preprocessing.MaxAbsScaler"})
    assert told(made, "soon,no\n2024-01-31,no\n")[1] == "unparsable=1"


def test_a_missing_value_is_counted_only_where_training_had_none() -> None:
    made = service({"missing_column": "missing"})
    assert told(made, "10,NA\n,A\n,NA\n")[1] == "missing_value=2"
    assert told(made, "zone\nA\n")[1] == "missing_column=1"
    rows = [(size, zone, "1") for size, zone in (("NA", "A"), ("2", "B"), ("3", "A"))]
    done, _ = fit_rows(NAMES, rows)
    holed = make_service(TransformModel(done.recipe, done.plan), Settings())
    assert isinstance(holed, ModelService)
    assert told(holed, ",A\n2,\n2,C\n")[1] == "unseen=1;missing_value=1"


def test_an_artifact_of_an_older_version_does_not_count_missing_values(tmp_path: Path) -> None:
    done, _ = fit_rows(NAMES, ROWS)
    text = done.recipe.to_json().decode().replace(', "complete": true', "")
    (tmp_path / "recipe.json").write_text(text.replace(', "complete": false', ""))
    old = definition.load_recipe(tmp_path / "recipe.json")
    assert [column.complete for column in old.columns] == [False, False]
    made = make_service(TransformModel(old, done.plan), Settings())
    assert isinstance(made, ModelService)
    assert told(made, ",A\n") == ("20,0,1,0\n", "")
