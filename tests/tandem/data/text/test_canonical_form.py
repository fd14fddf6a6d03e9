"""Numbers and booleans among words have one spelling, and codes and versions stay."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tandem.data.schema.fields import Field
from tandem.data.schema.policies import Policy
from tandem.data.schema.record_schema import RecordSchema
from tandem.data.tables import Records
from tandem.data.text.canonical_form import list_spellings, normalize_word, normalize_words
from tandem.data.unusual_counts import UNSEEN

ONE_WORD = {
    "3": ["3", "3.0", "3.000", "3.000000000000000000e+00", "3.0E0"],
    "0": ["0", "0.0", "-0", "-0.0", "0.000e+00"],
    "-12": ["-12", "-12.0", "-1.2E1"],
    "12345678": ["12345678", "12345678.0", "1.2345678E7"],
    "10000000000000000": ["10000000000000000", "10000000000000000.0", "1e16", "1e+16", "1.0E16"],
    "1e-05": ["1e-05", "1e-5", "1.0E-5"],
    "1e+22": ["1e22", "1e+22", "1.0E22"],
    "2.5": ["2.5", "2.500e+00"],
    "true": ["true", "True", "TRUE"],
    "false": ["false", "False", "FALSE"],
}
APART = [
    *("", " ", "0501", "00501.0", "+3", "+3.0", "1.10", "1.1", "1.0.0", "3.", ".0", "1,0", "3 "),
    *("2E3", "1e5", "3e", "e3", "1e+999", "1_0", "tRUE", "t", "yes", "nan", "٣", "٣.0", "x3.0"),
]


@pytest.mark.parametrize("word", ONE_WORD)
def test_spellings_of_a_value_are_one_word(word: str) -> None:
    assert {normalize_word(text) for text in ONE_WORD[word]} == {word}


@pytest.mark.parametrize("text", APART)
def test_codes_versions_and_words_stay(text: str) -> None:
    assert normalize_word(text) == text


@given(st.one_of(st.text(), st.floats(allow_nan=False).map(repr), st.integers().map(str)))
@example("-0.0")
@example("9007199254740993.0")
def test_a_spelling_is_final_and_keeps_the_number(text: str) -> None:
    found = normalize_word(text)
    assert normalize_word(found) == found
    if found != text and found not in ("true", "false"):
        assert float(found) == float(text)


@given(st.integers(-(10**15), 10**15))
def test_floats_are_spelled_as_integers(number: int) -> None:
    assert normalize_word(repr(float(number))) == normalize_word(f"{number}.00") == str(number)


def test_missing_words_are_missing_in_every_spelling() -> None:
    assert normalize_words(["9", "9.0", None, "8.0", "x"], {"9"}) == [None, None, None, "8", "x"]
    same = ["a", None]
    assert normalize_words(same, {"9"}) is same


def test_declared_words_are_found_in_every_spelling() -> None:
    assert list_spellings(("2", "Ja", "1.0")) == ["2", "Ja", "1.0", "2.0", "1"]


ZONES = RecordSchema(
    (Field("zone", "text", Policy(known=frozenset({"3", "true"})), one_spelling=True),),
    ("zone", "kind"),
    label=Field("kind", "text", Policy(known=frozenset({"True", "1.0"})), one_spelling=True),
    missing=frozenset({"", "-9.0"}),
)


def test_a_field_reads_words_in_their_one_spelling() -> None:
    rows = [("3.0", "TRUE"), ("True", "1"), ("-9", "other"), ("4.0", "")]
    table = ZONES.to_table(Records(rows, ("zone", "kind")))
    assert table.texts[:, 0].tolist() == ["3", "true", None, "4"]
    assert table.label is not None
    assert table.label.tolist() == ["True", "1.0", "other", None]
    assert table.counts is not None
    assert table.counts.get(UNSEEN, "zone") == 1
