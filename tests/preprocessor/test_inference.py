from __future__ import annotations

import pytest

from preprocessor.inference import Defaults, infer
from tandem.errors import BadData

DEFAULTS = Defaults({"impute": "median", "scale": "none"}, "onehot")
MISSING = frozenset({"", "NA"})


@pytest.mark.parametrize(
    ("name", "cells", "step", "reason"),
    [
        ("area", ["1", "2.5", "NA", "1"], "number", "every value is a number"),
        ("zone", ["A", "B", "A"], "onehot", "2 different texts"),
        ("pool", ["NA", "", "NA"], "drop", "empty: every value is missing"),
        ("unit", ["m", "m"], "drop", "constant: one value in every row"),
        ("alley", ["Pave", "NA"], "onehot", "1 different texts"),
        ("Id", [str(n) for n in range(30)], "drop", "identifier: another value in every row"),
        ("userId", [str(n) for n in range(30)], "drop", "identifier: another value in every row"),
        ("valid", [str(n) for n in range(30)], "number", "every value is a number"),
        ("lot", [str(n) for n in range(30)], "number", "every value is a number"),
        ("mail", [f"{n}@x" for n in range(30)], "drop", "identifier: another value in every row"),
        ("code", ["1", "2", "x", "y"], "onehot", "4 different texts"),
    ],
)
def test_a_column_is_found_out_with_a_reason(
    name: str, cells: list[str], step: str, reason: str
) -> None:
    column = infer(name, cells, MISSING, DEFAULTS)
    assert (column.step, column.reason) == (step, reason)


def test_a_word_among_numbers_is_refused_and_not_guessed_at() -> None:
    cells = [str(n) for n in range(20)]
    cells[7] = "twelve"
    with pytest.raises(BadData) as caught:
        infer("area", cells, MISSING, DEFAULTS)
    assert caught.value.where.row == 7
    assert caught.value.what == "a word stands among numbers (19 of 20 values are numbers)"


def test_what_was_missing_and_distinct_is_kept() -> None:
    column = infer("zone", ["A", "NA", "B", "A", ""], MISSING, DEFAULTS)
    assert (column.missing, column.distinct) == (2, 2)
