"""Columns whose numbers are not in plain digits: declared, fitted, served, and refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from deploy.api.front import fields
from preprocessor import serving
from preprocessor.data.channel_records import ChannelRecords
from preprocessor.fit.out_of_core.dataset import OutOfCoreDataset
from preprocessor.hyperparameters import SCHEMA
from preprocessor.infer.recipe_builder import build_recipe
from preprocessor.recipe import definition
from preprocessor.recipe.recipe_request import merge_request
from preprocessor.serving import TransformModel
from tandem.contract.hyperparameters import resolve_hyperparameters
from tandem.contract.settings import Settings
from tandem.data.tables import Records
from tandem.errors import BadData, UserError
from tandem.serving.model_service import ModelService, make_service
from tests.preprocessor.fit.out_of_core.test_dataset import Dealt, cut
from tests.preprocessor.fits import fit_column, fit_rows, is_replayed, make_hostile_rows
from tests.preprocessor.training_jobs import make_houses, train_job

DOLLARS = {"prefix": "$", "thousands": ",", "parentheses": True}
CELLS = ["$1,000", "($5)", "2500.5", "NA", "$1,234,567"]
VALUES = [1000, -5, 2500.5, 1750.25, 1234567]


def served(model: TransformModel) -> ModelService:
    made = make_service(model, Settings())
    assert isinstance(made, ModelService)
    return made


def test_a_declared_format_is_served_as_it_was_fitted(tmp_path: Path) -> None:
    table = make_houses(50)
    table["Paid"] = CELLS * 10
    columns = json.dumps({"Paid": {"format": DOLLARS}})
    model = train_job(tmp_path, table, {"target": "SalePrice", "columns": columns}).model
    decided = definition.load_recipe(model / definition.NAME)
    paid = next(column for column in decided.columns if column.name == "Paid")
    assert (paid.type, paid.seen, paid.complete) == ("number", (-5, 1234567), False)
    place = decided.features.index("Paid")
    service = served(serving.load_model(model))
    rows = table.drop(columns="SalePrice")
    body = rows.to_csv(index=False).encode()
    answer = service.invoke("text/csv", "text/csv", body).body.decode().splitlines()
    assert [float(line.split(",")[place]) for line in answer[:5]] == VALUES
    lines = "\n".join(json.dumps(row) for row in rows.to_dict("records"))
    of_json = service.invoke("application/jsonlines", "text/csv", lines.encode())
    assert of_json.body.decode().splitlines() == answer
    of_parquet = service.invoke("application/x-parquet", "text/csv", rows.to_parquet(index=False))
    assert of_parquet.body.decode().splitlines() == answer
    one = service.invoke("text/csv", "text/csv", rows[:1].to_csv(index=False).encode())
    assert one.body.decode().splitlines() == answer[:1]
    with pytest.raises(BadData, match=r"row 2, column 'Paid': a number written like"):
        service.invoke("text/csv", None, body.replace(b'"$1,000"', b"1.000 kr", 1))


def test_a_format_has_the_policies_and_steps_of_numbers() -> None:
    rules = {"unparsable": "missing", "out_of_range": "limit", "scale": "standard"}
    done, _ = fit_column(CELLS, {"format": DOLLARS, **rules})
    assert is_replayed(done)
    service = served(TransformModel(done.recipe, done.plan))
    answer = service.invoke("text/csv", "text/csv", b'x\n"$1,234,568"\n$1.2.3\nNA\n')
    greatest, wrong, missing = answer.body.decode().split()
    assert answer.headers["X-Tandem-Unusual"] == "out_of_range=1;unparsable=1"
    assert wrong == missing
    expected = done.plan.apply(done.recipe.build_schema().to_table(Records([("1234567",)], ("x",))))
    assert float(greatest) == expected[0, 0]
    assert len(done.plan.apply(make_hostile_rows(done))) > 0


@pytest.mark.parametrize("treatment", [{}, {"scale": "robust"}, {"bin": {"bins": 2}}], ids=str)
def test_a_format_is_fitted_in_parts_to_the_same_bits(treatment: Mapping[str, object]) -> None:
    rows = [(cell, "1") for cell in (CELLS[:3] + CELLS[4:]) * 9]
    missing = frozenset({"", "NA"})
    columns = json.dumps({"x": {"format": DOLLARS, **treatment}})
    values = merge_request(resolve_hyperparameters(SCHEMA, {"target": "price", "columns": columns}))
    whole, _ = fit_column([cell for cell, _ in rows], {"format": DOLLARS, **treatment})
    data = OutOfCoreDataset.from_engine(Dealt(cut(rows, 1)), missing)
    parted = data.fit(build_recipe(data, values))
    assert parted.recipe.to_json() == whole.recipe.to_json()
    assert parted.plan.to_json() == whole.plan.to_json()
    wrong = [*rows, ("5 kr", "1")]
    data = OutOfCoreDataset.from_engine(Dealt([rows, wrong]), missing)
    with pytest.raises(BadData, match=r"file 1, row 37, column 'x': a number written like"):
        data.fit(build_recipe(data, values))


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("$1,234", r"'columns.x.format' must be an object. Example: {"),
        ({"prefx": "$"}, r"'columns.x.format.prefx' is no option of format; did you mean 'prefix'"),
        ({"thousands": "_"}, "'columns.x.format.thousands' must be one of"),
        ({"decimal": ",", "thousands": ","}, "has the same separator for thousands and decimals"),
        ({"duration": "h:mm", "prefix": "$"}, "has a duration and other options"),
        ({"percent": True, "suffix": "%"}, "'columns.x.format.suffix' has a digit, a sign"),
        ({"percent": True, "suffix": "pc"}, "has a suffix and is in percent"),
        ({"prefix": "No-"}, "'columns.x.format.prefix' has a digit, a sign"),
    ],
)
def test_a_format_that_contradicts_itself_is_refused(written: object, words: str) -> None:
    with pytest.raises(UserError, match=words):
        fit_column(["1", "2"], {"format": written})


def test_only_numbers_have_a_format() -> None:
    with pytest.raises(UserError, match=r"format' is no option of a category. Only numbers"):
        fit_column(["1", "2"], {"type": "category", "format": DOLLARS})


def test_an_artifact_from_before_formats_answers_the_same(tmp_path: Path) -> None:
    model = train_job(tmp_path, make_houses(), {"target": "SalePrice"}).model
    body = make_houses().to_csv(index=False).encode()
    answer = served(serving.load_model(model)).invoke("text/csv", "text/csv", body).body
    values = json.loads((model / definition.NAME).read_bytes())
    for column in values["columns"]:
        del column["format"], column["remark"]
    (model / definition.NAME).write_text(json.dumps(values))
    assert served(serving.load_model(model)).invoke("text/csv", "text/csv", body).body == answer


def test_a_unit_may_end_in_a_digit() -> None:
    _, table = fit_column(["5 m2", "7"], {"format": {"suffix": "m2"}})
    assert table.numbers.tolist() == [[5], [7]]


def test_an_empty_format_means_plain_digits() -> None:
    written = ChannelRecords(("x", "price"), (Records([("$1", "1"), ("2", "2")], ("x", "price")),))
    columns = json.dumps({"x": {"format": {}}})
    values = merge_request(resolve_hyperparameters(SCHEMA, {"target": "price", "columns": columns}))
    schema = build_recipe(written, values).build_schema()
    with pytest.raises(BadData, match="row 1, column 'x'"):
        schema.to_table(written.files[0])


def test_the_api_takes_a_formatted_number_as_text_or_number() -> None:
    done, _ = fit_column(CELLS, {"format": DOLLARS})
    field = fields.read(done.recipe.to_json()).fields["x"]
    assert [field.find_flaw("$1,000"), field.find_flaw(1000)] == ["", ""]
    plain, _ = fit_column(["1", "2"], {"type": "number"})
    assert fields.read(plain.recipe.to_json()).fields["x"].find_flaw("$1,000") != ""


def test_a_format_that_is_recognised_serves_as_one_that_is_declared(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    table = make_houses(50)
    table["Paid"] = CELLS * 10
    declared = json.dumps({"Paid": {"format": DOLLARS}})
    body = table.to_csv(index=False).encode()
    answers, report = [], ""
    for name, columns in (("declared", declared), ("number", '{"Paid": "number"}'), ("none", "{}")):
        paths = train_job(tmp_path / name, table, {"target": "SalePrice", "columns": columns})
        model = serving.load_model(paths.model)
        answers.append(served(model).invoke("text/csv", "text/csv", body).body)
        report = (paths.output_data / "report.html").read_text()
    assert answers == answers[:1] * 3
    sentence = "is read as numbers written like ($1,234.5); to keep it so, declare"
    assert caplog.text.count(f"worth a look: column 'Paid' {sentence} ") == 2
    assert f"<b>Paid</b> {sentence}" in report
    assert "-5 to 1,234,567, median" in report


def test_a_format_is_recognised_in_parts_as_in_the_whole() -> None:
    rows = [(cell, "1") for cell in CELLS * 9]
    whole, _ = fit_column([cell for cell, _ in rows], {"impute": "median"})
    data = OutOfCoreDataset.from_engine(Dealt(cut(rows, 1)), frozenset({"", "NA"}))
    columns = json.dumps({"x": {"impute": "median"}})
    parted = data.fit(
        build_recipe(
            data,
            merge_request(resolve_hyperparameters(SCHEMA, {"target": "price", "columns": columns})),
        )
    )
    assert parted.recipe.to_json() == whole.recipe.to_json()
    assert parted.plan.to_json() == whole.plan.to_json()


def test_more_different_formatted_numbers_than_are_kept_are_fitted_in_parts() -> None:
    rows = [(f"${n:,}", "1") for n in range(70_000)]
    data = OutOfCoreDataset.from_engine(
        Dealt([rows[:30_000], rows[30_000:]]), frozenset({"", "NA"})
    )
    decided = build_recipe(
        data, merge_request(resolve_hyperparameters(SCHEMA, {"target": "price"}))
    )
    assert list(decided.columns[0].seen or ()) == [0, 69_999]
    assert data.fit(decided).plan.width == 1


def test_words_that_usually_mean_missing_are_worth_a_look() -> None:
    rows = [("A", "null", "1"), ("None", "1", "2"), ("B", "2", "3"), ("A", "null", "4")]
    columns = '{"y": "category"}'
    done, _ = fit_rows(("x", "y", "price"), rows, columns=columns)
    sentence = "which is read as a text; to read it as missing, name it in 'missing_values'"
    assert [column.remark for column in done.recipe.columns] == [
        f"has 'None' in 1 row, {sentence}",
        f"has 'null' in 2 rows, {sentence}",
    ]
    done, _ = fit_rows(("x", "y", "price"), rows, missing_values="null,None", columns=columns)
    assert [column.remark for column in done.recipe.columns] == ["", ""]


def test_a_column_left_out_is_multiplied_in_its_format() -> None:
    names = ("x", "y", "price")
    rows = [("$1,000", "2", "1"), ("$30", "4", "2")]
    for drop in ("", "x"):
        done, table = fit_rows(names, rows, interactions='[["x", "y"]]', drop=drop)
        assert done.plan.apply(table)[:, -1].tolist() == [2000, 120]


@pytest.mark.parametrize("typed", [True, False])
def test_columns_that_files_give_as_numbers_are_fitted_as_those(typed: bool) -> None:
    named = frozenset({"x"} if typed else ())
    files = [
        Records([(value, "1"), ("2.345", "2")], ("x", "y"), "f", typed=named)
        for value in ("1.234", "1.235")
    ]
    dealt = Dealt([])
    dealt.parts = files
    format_ = {"thousands": ".", "decimal": ","}
    wishes = {"target": "-", "columns": json.dumps({"x": {"format": format_}})}
    for data in (
        ChannelRecords(("x", "y"), tuple(files)),
        OutOfCoreDataset.from_engine(dealt, frozenset({""})),
    ):
        decided = build_recipe(data, merge_request(resolve_hyperparameters(SCHEMA, wishes)))
        assert decided.columns[0].seen == ((1.234, 2.345) if typed else (1234, 2345))
