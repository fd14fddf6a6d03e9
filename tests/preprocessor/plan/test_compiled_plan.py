"""What C computes of a row has the plan's bits, and unusual rows are answered as before."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preprocessor.plan.compiled import compiled_plan, number_program
from preprocessor.plan.compiled.compiled_plan import CompiledPlan, compile_plan, load_library
from preprocessor.serving import TransformModel
from preprocessor.transforms.steps.impute_number import ImputeNumberReplay
from tandem.contract.settings import read
from tandem.data.schema import compiled_schema
from tandem.errors import UserError
from tandem.serving.model_service import ModelService
from tests.preprocessor.fits import fit_rows

compiled = pytest.mark.skipif(load_library() is None, reason="made without a C compiler")
NAMES = ("size", "rooms", "zone", "street", "built", "price")
ROWS = [
    *[("1", "-2.5", "A", "x", "2020-01-01", "1"), ("NA", "4", "B", "", "2021-03-04", "2")],
    *[("0", "NA", "é", "x", "", "3"), ("1e9", "7", "A", "y y", "2022-05-06", "4")],
    *[("8.5", "0", "A", "NA", "NA", "5"), ("3", "1", "B", "x", "2020-02-02", "6")],
]
COLUMNS: list[dict[str, object]] = [
    {"size": "number", "zone": "category", "street": "category", "built": "datetime"},
    {
        "size": {
            "type": "number",
            "clip": {"low": 0, "high": 5},
            "scale": "maxabs",
            "flag": True,
            "out_of_range": "limit",
        },
        "rooms": {"type": "number", "impute": "none", "scale": "robust", "unparsable": "missing"},
        "zone": {"type": "category", "ordinal": True, "unseen": "missing"},
        "street": {"type": "category", "hash": 4, "flag": True},
        "built": "category",
    },
    {
        "size": {"type": "number", "log1p": {"signed": True}, "scale": "standard"},
        "rooms": {
            "type": "number",
            "scale": "quantile",
            "flag": {"when": "present"},
            "out_of_range": "error",
        },
        "zone": {"type": "category", "target_encode": {"folds": 2}, "unseen": "error"},
        "street": {"type": "category", "rare": {"min_count": 2}, "lower": True},
        "built": {"type": "category", "ordinal_by_target": True},
    },
]
FORMATS = ["text/csv", "application/json", "application/jsonlines", "application/x-npy"]
CELLS = (
    st.sampled_from(["1", "-0", "0", "5", "0.0", "NA", "", "1e300", "-7", "six"]),
    st.sampled_from(["1", "-0.0", "2.75", "NA", "", "1e-300", " 4"]),
    st.sampled_from(["A", "B", "é", "", "NA", "new", "a"]),
    st.sampled_from(["x", "y y", " x", "", "NA", "ü"]),
    st.sampled_from(["2020-01-01", "", "NA", "never"]),
)
Reply = tuple[str, object]


@pytest.fixture(scope="module", params=range(len(COLUMNS)))
def services(request: pytest.FixtureRequest) -> list[ModelService]:
    """Serve one transform twice: with what is compiled, and without."""
    done, _ = fit_rows(NAMES, ROWS, columns=json.dumps(COLUMNS[request.param]))
    models = [TransformModel(done.recipe, done.plan)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled_plan, "load_library", lambda: None)
        patch.setattr(compiled_schema, "load_library", lambda: None)
        models.append(TransformModel(done.recipe, done.plan))
    return [ModelService(one, read({"TANDEM_SERVER_TIMING": "false"})) for one in models]


def ask(service: ModelService, kind: str, accept: str, body: bytes) -> Reply:
    """Give the response with its headers, or the sentence of the refusal."""
    try:
        reply = service.invoke(kind, accept, body)
    except UserError as error:
        return "refused", str(error)
    return reply.content_type, (reply.body, dict(reply.headers))


@settings(max_examples=60)
@given(st.lists(st.tuples(*CELLS), min_size=1, max_size=3), st.sampled_from(FORMATS), st.booleans())
def test_any_rows_are_answered_alike(
    services: list[ModelService], rows: list[tuple[str, ...]], accept: str, labelled: bool
) -> None:
    rows = [(*row, "1") for row in rows] if labelled else rows
    named = [dict(zip(NAMES, row, strict=False)) for row in rows]
    bodies = {
        "text/csv": "\n".join(map(",".join, rows)),
        "application/json": json.dumps({"instances": named}, ensure_ascii=False),
        "application/jsonlines": "\n".join(map(json.dumps, named)),
    }
    for kind, body in bodies.items():
        quick, plain = (ask(service, kind, accept, body.encode()) for service in services)
        assert quick == plain


@compiled
def test_blocks_that_c_cannot_compute_are_left_to_the_plan() -> None:
    done, table = fit_rows(NAMES, ROWS, columns=json.dumps(COLUMNS[2]))
    plan = compile_plan(done.plan, done.recipe.build_schema().fields)
    assert isinstance(plan, CompiledPlan)
    assert plan.compiled == ["flag", "target_encode", "onehot", "ordinal_by_target"]
    table = replace(table, label=None)
    assert plan.apply(table).tobytes() == done.plan.apply(table).tobytes()


@compiled
def test_a_table_with_other_bits_does_not_serve(monkeypatch: pytest.MonkeyPatch) -> None:
    done, _ = fit_rows(NAMES, ROWS, columns=json.dumps(COLUMNS[0]))
    fields = done.recipe.build_schema().fields
    assert isinstance(compile_plan(done.plan, fields), CompiledPlan)
    fill = number_program._COMPILERS[ImputeNumberReplay]

    def err(replay: ImputeNumberReplay, column: int) -> number_program.Operations:
        for operand, kind in fill(replay, column):
            yield np.nextafter(np.float32(operand), np.float32(np.inf)), kind

    monkeypatch.setitem(number_program._COMPILERS, ImputeNumberReplay, err)
    assert compile_plan(done.plan, fields) is done.plan


@compiled
def test_rows_of_several_folds_keep_their_own_features() -> None:
    done, table = fit_rows(NAMES, ROWS, columns=json.dumps(COLUMNS[2]))
    plan = compile_plan(done.plan, done.recipe.build_schema().fields)
    assert table.label is not None
    assert plan.apply(table).tobytes() == done.plan.apply(table).tobytes()
    assert plan.apply(table).tobytes() != done.plan.apply(replace(table, label=None)).tobytes()


def test_without_what_was_compiled_the_plan_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled_plan, "load_library", lambda: None)
    done, _ = fit_rows(NAMES, ROWS, columns=json.dumps(COLUMNS[0]))
    assert compile_plan(done.plan, done.recipe.build_schema().fields) is done.plan
