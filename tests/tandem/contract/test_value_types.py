from __future__ import annotations

import pytest

from tandem.contract import value_types
from tandem.contract.value_types import Kind
from tandem.errors import join_words


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (value_types.whole(1), "12", 12),
        (value_types.whole(), "-3", -3),
        (value_types.whole(0), "1e3", 1000),
        (value_types.real(0, 1), "0.25", 0.25),
        (value_types.real(high=1, above=0), "1", 1.0),
        (value_types.flag(), "True", True),
        (value_types.flag(), "0", False),
        (value_types.words(), "a, b,,c", ("a", "b", "c")),
        (value_types.words(), '["a,b", "c"]', ("a,b", "c")),
        (value_types.choice("x", "y"), "y", "y"),
        (value_types.json_object(), '{"a": 1}', {"a": 1}),
    ],
)
def test_text_of_the_kind_is_read(kind: Kind[object], text: str, value: object) -> None:
    assert kind.parse(text) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (value_types.whole(1), "0"),
        (value_types.whole(1), "1.5"),
        (value_types.whole(), "nan"),
        (value_types.real(0, 1), "1.01"),
        (value_types.real(above=0), "0"),
        (value_types.real(below=2), "2"),
        (value_types.real(), "inf"),
        (value_types.flag(), "maybe"),
        (value_types.choice("x"), "X"),
        (value_types.json_object(), "[1]"),
    ],
)
def test_other_text_is_refused(kind: Kind[object], text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        kind.parse(text)


def test_a_kind_is_called_by_its_range() -> None:
    assert value_types.whole(1).name == "whole number, 1 or more"
    assert value_types.real(0, 1).name == "number from 0 to 1"
    assert value_types.real(high=1, above=0).name == "number, 1 or less above 0"
    assert join_words(["a", "b", "c"]) == "a, b and c"
