from __future__ import annotations

import pytest

from preprocessor.infer.type_inference import TypeConflict, infer_column
from tandem.data.summaries.column_summary import count_cells

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
        ("Id", [str(n) for n in range(30)], "identifier", "unique in every row"),
        ("userId", [str(n) for n in range(30)], "identifier", "unique in every row"),
        ("valid", [str(n) for n in range(30)], "number", "every value is a number"),
        ("lot", [str(n) for n in range(30)], "number", "every value is a number"),
        ("mail", [f"{n}@x" for n in range(30)], "identifier", "unique in every row"),
        ("code", ["1", "2", "x", "y"], "category", "4 different texts"),
        ("zip", ["00501", "10001", "NA"], "category", "2 codes with leading zeros"),
        ("month", [" 01", "02", "12"], "category", "3 codes with leading zeros"),
        ("zip", [*map(str, range(40)), "K1A", "007"], "identifier", "unique in every row"),
        ("name", ["007", "Bond", "Moneypenny"], "category", "3 different texts"),
        ("price", ["$1,000", "$20", "($5)", "NA"], "number", "numbers written like ($1,234.5)"),
        ("price", ["1.234,50 €", "7 €"], "number", "numbers written like 1.234,5 €"),
        ("price", ["1.234 €", "17.500 €"], "number", "numbers written like 1.234,5 €"),
        ("price", ["$1.234", "$17.5"], "number", "numbers written like $1234.5"),
        ("price", ["1 234,5", "7"], "number", "numbers written like 1 234,5"),
        ("price", ["$5", "7"], "number", "numbers written like $1234.5"),
        ("people", ["1,234", "567"], "number", "numbers written like 1,234.5"),
        ("price", ["$0,000", "$1,000"], "number", "numbers written like $1,234.5"),
        ("share", ["0,125", "1,000"], "number", "numbers written like 1234,5"),
        ("people", ["1,23,456", "567"], "number", "numbers written like 1,234.5"),
        ("area", ["1,5", "2,125"], "number", "numbers written like 1234,5"),
        ("rate", ["12%", "7.5 %"], "number", "numbers written like 1234.5%"),
        ("loss", ["(5)", "7"], "number", "numbers written like (1234.5)"),
        ("mass", ["50 kg", "60kg"], "number", "numbers written like 1234.5 kg"),
        ("age", ["1 year", "2 years"], "number", "numbers written like 1234.5 years"),
        ("car", ["2 doors", "4 doors"], "number", "numbers written like 1234.5 doors"),
        ("time", ["1:05", "23:10"], "number", "numbers written like h:mm"),
        ("time", ["1:05", "24:10"], "number", "numbers written like m:ss"),
        ("time", ["1:05", "1:02:03"], "number", "numbers written like m:ss"),
        ("time", ["0 days 00:00:01", "2 days 10:00:00"], "number", "numbers written like h:mm"),
        (
            "OrderId",
            [f"1,{n}" for n in range(100, 130)],
            "identifier",
            "unique in every row",
        ),
        ("fee", [f"${n}.5" for n in range(30)], "number", "numbers written like $1234.5"),
        ("host", ["10.0.0.1", "10.0.0.2"], "category", "2 different texts"),
        ("style", ["1Story", "2Story"], "category", "2 different texts"),
        ("car", ["2 doors", "4 doors", "many"], "category", "3 different texts"),
        ("sold", ["12.05.2020", "13.05.2020"], "datetime", "every value is a date"),
        ("dose", ["00.5", "1.5", "0012"], "number", "every value is a number"),
        ("shift", ["-01", "0", "+01"], "number", "every value is a number"),
    ],
)
def test_a_column_is_found_out_with_a_reason(
    name: str, cells: list[str], type_: str, reason: str
) -> None:
    found = infer_column(name, count_cells(cells, MISSING))
    assert (found.type, found.reason) == (type_, reason)


def test_a_word_among_numbers_is_refused_and_not_guessed_at() -> None:
    cells = [str(n) for n in range(20)]
    cells[7] = "twelve"
    with pytest.raises(TypeConflict) as caught:
        infer_column("area", count_cells(cells, MISSING))
    assert [cell for cell in cells if caught.value.is_wrong(cell)] == ["twelve"]
    assert caught.value.what == "a word stands among numbers (19 of 20 values are numbers)"


def test_codes_with_leading_zeros_say_how_to_read_them_as_numbers() -> None:
    found = infer_column("zip", count_cells(["00501", "10001"], MISSING))
    assert found.remark == (
        'has codes with leading zeros; to read them as numbers, declare "zip": "number"'
    )
    assert infer_column("area", count_cells(["501", "10001"], MISSING)).remark == ""


def test_codes_with_leading_zeros_are_seen_among_more_cells_than_are_kept() -> None:
    cells = [str(n) for n in range(100_000, 170_000)]
    one, other = count_cells(cells, MISSING), count_cells(["00501"], MISSING)
    one.merge(other)
    assert not one.exact
    assert infer_column("zip", one).type == "identifier"
    assert infer_column("zip", count_cells(cells, MISSING)).type == "number"


@pytest.mark.parametrize(
    ("cells", "remark"),
    [
        (
            ["$1,000", "NA", "$7"],
            "is read as numbers written like $1,234.5; to keep it so, declare "
            '"x": {"type": "number", "format": {"prefix": "$", "thousands": ","}},'
            ' or to read texts, "x": "category"',
        ),
        (
            ["1:05", "1:10"],
            "is read as durations in seconds, 1:05 as 1 hour and 5 minutes; to keep it so, declare "
            '"x": {"type": "number", "format": {"duration": "h:mm"}}, or "m:ss" there',
        ),
        (
            ["5 kg", "7 lb"],
            "has numbers with different units (kg and lb), and is not read as numbers; write all in"
            " one way",
        ),
        (
            ["€110.5M", "€565K"],
            "has numbers with different units (€, M and K), and is not read as numbers; write all"
            " in one way",
        ),
        (
            ["12%", "0.12"],
            "has numbers with '%' among other values, and is not read as numbers; write all in one"
            " way",
        ),
        (
            ["17463", "2", "3", "PC 17599"],
            "has 3 numbers among 4 values, and is not read as numbers; to read numbers, and the"
            ' others as missing, declare "x": {"type": "number", "unparsable": "missing"}',
        ),
        (["1", "2", "x", "y"], ""),
        (["A", "B"], ""),
        (["1", "2.5"], ""),
    ],
)
def test_what_is_no_plain_column_of_numbers_is_worth_a_look(cells: list[str], remark: str) -> None:
    assert infer_column("x", count_cells(cells, MISSING)).remark == remark


NUMBERS = [str(n) for n in range(100)]


@pytest.mark.parametrize(
    ("words", "refused"),
    [
        ([], False),
        (["?"], True),
        (["?"] * 10, True),
        (["?"] * 11, True),
        (["?"] * 49, True),
        (["?"] * 50, False),
        (["B 7"], True),
        (["B 7"] * 10, True),
        (["B 7"] * 11, False),
        (["B 7"] * 49, False),
        (["?"] * 24 + ["B 7"] * 25, False),
        (["?"] * 25 + ["B 7"] * 24, True),
    ],
    ids=lambda value: str(len(value)) if isinstance(value, list) else str(value),
)
@pytest.mark.parametrize("written", ["{}", "${}"])
def test_words_are_mistakes_in_a_column_of_more_numbers_unless_they_are_codes(
    words: list[str], refused: bool, written: str
) -> None:
    cells = [*map(written.format, NUMBERS[len(words) :]), *words]
    if not refused:
        expected = "number" if not words else "category"
        assert infer_column("x", count_cells(cells, MISSING)).type == expected
        return
    with pytest.raises(TypeConflict) as caught:
        infer_column("x", count_cells(cells, MISSING))
    assert [cell for cell in cells if caught.value.is_wrong(cell)] == words
    assert f"({100 - len(words)} of 100 values are numbers)" in caught.value.what


def test_a_mistake_says_which_words_and_how_to_read_the_rest() -> None:
    cells = [*["$1,000", "$7"] * 10, "none", "none", "Mr. Smith"]
    with pytest.raises(TypeConflict) as caught:
        infer_column("pay", count_cells(cells, MISSING))
    assert caught.value.what == (
        "a word stands among numbers written like $1,234.5 (20 of 23 values are numbers)"
    )
    assert caught.value.remedy == (
        "Mend the cell, name it ('none') in 'missing_values', or say what the column is in"
        ' \'columns\', as {"pay": "category"}, or {"pay": {"type": "number", "format": {"prefix":'
        ' "$", "thousands": ","}, "unparsable": "missing"}} to read words as missing'
    )
