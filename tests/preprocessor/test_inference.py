from __future__ import annotations

import pytest

from preprocessor.inference import Misfit, infer
from preprocessor.summaries.columns import counted

MISSING = frozenset({"", "NA"})


@pytest.mark.parametrize(
    ("name", "cells", "type_", "reason"),
    [
        ("area", ["1", "2.5", "NA", "1"], "number", "every value is a number"),
        ("zone", ["A", "B", "A"], "category", "2 different texts"),
        ("pool", ["NA", "", "NA"], "empty", "every value is missing"),
        ("sold", ["True", " false", "NA", "TRUE"], "boolean", "every value is true or false"),
        ("sold", ["yes", "no"], "boolean", "every value is true or false"),
        ("sold", ["f", "t"], "boolean", "every value is true or false"),
        ("sold", ["yes", "NA"], "category", "1 different texts"),
        ("sold", ["yes", "false"], "category", "2 different texts"),
        ("sold", ["Y", "N"], "category", "2 different texts"),
        ("sold", ["1", "0", "NA"], "number", "every value is a number"),
        ("unit", ["m", "m"], "constant", "one value in every row"),
        ("alley", ["Pave", "NA"], "category", "1 different texts"),
        ("Id", [str(n) for n in range(30)], "identifier", "another value in every row"),
        ("userId", [str(n) for n in range(30)], "identifier", "another value in every row"),
        ("valid", [str(n) for n in range(30)], "number", "every value is a number"),
        ("lot", [str(n) for n in range(30)], "number", "every value is a number"),
        ("mail", [f"{n}@x" for n in range(30)], "identifier", "another value in every row"),
        ("code", ["1", "2", "x", "y"], "category", "4 different texts"),
        ("zip", ["00501", "10001", "NA"], "category", "2 codes with leading zeros"),
        ("month", [" 01", "02", "12"], "category", "3 codes with leading zeros"),
        ("zip", [*map(str, range(40)), "K1A", "007"], "identifier", "another value in every row"),
        ("name", ["007", "Bond", "Moneypenny"], "category", "3 different texts"),
        ("dose", ["00.5", "1.5", "0012"], "number", "every value is a number"),
        ("shift", ["-01", "0", "+01"], "number", "every value is a number"),
    ],
)
def test_a_column_is_found_out_with_a_reason(
    name: str, cells: list[str], type_: str, reason: str
) -> None:
    found = infer(name, counted(cells, MISSING))
    assert (found.type, found.reason) == (type_, reason)


def test_a_word_among_numbers_is_refused_and_not_guessed_at() -> None:
    cells = [str(n) for n in range(20)]
    cells[7] = "twelve"
    with pytest.raises(Misfit) as caught:
        infer("area", counted(cells, MISSING))
    assert [cell for cell in cells if caught.value.wrong(cell)] == ["twelve"]
    assert caught.value.what == "a word stands among numbers (19 of 20 values are numbers)"


def test_codes_with_leading_zeros_say_how_to_read_them_as_numbers() -> None:
    found = infer("zip", counted(["00501", "10001"], MISSING))
    assert found.remark == (
        'has codes with leading zeros; to read them as numbers, declare "zip": "number"'
    )
    assert infer("area", counted(["501", "10001"], MISSING)).remark == ""


def test_codes_with_leading_zeros_are_seen_among_more_cells_than_are_kept() -> None:
    cells = [str(n) for n in range(100_000, 170_000)]
    one, other = counted(cells, MISSING), counted(["00501"], MISSING)
    one.merge(other)
    assert not one.exact
    assert infer("zip", one).type == "identifier"
    assert infer("zip", counted(cells, MISSING)).type == "number"
