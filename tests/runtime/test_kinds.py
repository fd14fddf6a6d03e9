from __future__ import annotations

import pytest

from tandem import kinds
from tandem.kinds import Kind


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (kinds.whole(1), "12", 12),
        (kinds.whole(), "-3", -3),
        (kinds.whole(0), "1e3", 1000),
        (kinds.real(0, 1), "0.25", 0.25),
        (kinds.real(high=1, above=0), "1", 1.0),
        (kinds.flag(), "True", True),
        (kinds.flag(), "0", False),
        (kinds.words(), "a, b,,c", ("a", "b", "c")),
        (kinds.words(), '["a,b", "c"]', ("a,b", "c")),
        (kinds.choice("x", "y"), "y", "y"),
        (kinds.json_object(), '{"a": 1}', {"a": 1}),
    ],
)
def test_text_of_the_kind_is_read(kind: Kind[object], text: str, value: object) -> None:
    assert kind.parse(text) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (kinds.whole(1), "0"),
        (kinds.whole(1), "1.5"),
        (kinds.whole(), "nan"),
        (kinds.real(0, 1), "1.01"),
        (kinds.real(above=0), "0"),
        (kinds.real(below=2), "2"),
        (kinds.real(), "inf"),
        (kinds.flag(), "maybe"),
        (kinds.choice("x"), "X"),
        (kinds.json_object(), "[1]"),
    ],
)
def test_other_text_is_refused(kind: Kind[object], text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        kind.parse(text)


def test_a_kind_is_called_by_its_range() -> None:
    assert kinds.whole(1).name == "whole number, 1 or more"
    assert kinds.real(0, 1).name == "number from 0 to 1"
    assert kinds.real(high=1, above=0).name == "number, 1 or less above 0"
    assert kinds.listed(["a", "b", "c"]) == "a, b and c"
