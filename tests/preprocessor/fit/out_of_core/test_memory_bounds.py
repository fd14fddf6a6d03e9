"""A fit is done in parts where the rows would not fit, and what cannot be is refused in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from preprocessor.fit.out_of_core import memory_bounds
from preprocessor.recipe.recipe_request import merge_request
from tandem.errors import BadData, UserError
from tests.preprocessor.training_jobs import make_houses, prepare_job, train_job

MEGABYTE = 1 << 20


@pytest.mark.parametrize(
    ("wish", "memory", "expected"),
    [
        ("auto", 4096, False),
        ("auto", 200, True),
        ("true", 4096, True),
        ("false", 200, False),
    ],
)
def test_memory_and_the_hyperparameter_decide(
    wish: str, memory: int, expected: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory_bounds, "read_memory_limit", lambda: memory * MEGABYTE)
    job = prepare_job(tmp_path, make_houses(), {"target": "SalePrice", "fit_in_parts": wish})
    channel = job.channel("train")
    assert (
        memory_bounds.must_fit_in_parts(job, merge_request(job.hyperparameters), channel)
        is expected
    )


def test_rows_that_do_not_fit_are_refused_before_they_are_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wishes = {"target": "SalePrice", "scale": "power", "fit_in_parts": "true"}
    fitting = train_job(tmp_path / "room", make_houses(), wishes).model
    assert (fitting / "recipe.json").is_file()
    monkeypatch.setattr(memory_bounds, "read_resident_memory", memory_bounds.read_memory_limit)
    words = "the steps of 'Size', 'Slope', 'LotFrontage' cannot be fitted in parts: all 60 rows"
    with pytest.raises(UserError, match=words):
        train_job(tmp_path / "none", make_houses(), wishes)
    assert list((tmp_path / "none" / "model").iterdir()) == []


@pytest.mark.parametrize("encode", ["target_encode", "ordinal_by_target", "hash"])
def test_steps_that_learn_from_the_target_are_given_their_rows(encode: str, tmp_path: Path) -> None:
    wishes = {"target": "SalePrice", "encode": encode}
    whole = train_job(tmp_path / "whole", make_houses(), wishes).model
    parts = train_job(tmp_path / "parts", make_houses(), wishes | {"fit_in_parts": "true"}).model
    for path in whole.iterdir():
        assert (parts / path.name).read_bytes() == path.read_bytes()


def test_a_cell_that_a_step_refuses_is_found_in_its_file(tmp_path: Path) -> None:
    table = make_houses()
    table["Sold"] = "2024-01-31"
    table.loc[4, "Sold"] = "soon"
    column = '{"Sold": {"type": "datetime", "parse": {"unparsable": "error"}}}'
    wishes = {"target": "SalePrice", "columns": column}
    for name, chosen in (("whole", "false"), ("parts", "true")):
        with pytest.raises(BadData, match=r"data\.csv, row 6, column 'Sold': a date is expected"):
            train_job(tmp_path / name, table, wishes | {"fit_in_parts": chosen})
