"""Pictures of curves can be read: the names of the lines do not stand upon them."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest

from tandem.report import charts

CURVES: dict[str, tuple[Callable[[float], float], Callable[[float], float]]] = {
    "precision and recall": (lambda x: 1 - x**12, lambda x: 1 - x),
    "ROC": (lambda x: x**0.02, lambda x: x**0.1),
    "losses": (lambda x: 0.1 + (1 - x) ** 9, lambda x: 0.3 + (1 - x) ** 9),
    "growing": (lambda x: x, lambda x: x**2),
}


def drawn(name: str) -> str:
    across = np.linspace(0, 1, 50).tolist()
    lines = {f"line {n}": [(x, curve(x)) for x in across] for n, curve in enumerate(CURVES[name])}
    return charts.draw_curves(lines, "x", "y", mark=None)


@pytest.mark.parametrize("name", CURVES)
def test_no_line_goes_through_the_names(name: str) -> None:
    picture = drawn(name)
    names = [(float(x), float(y)) for x, y in re.findall(r'class="l" x="(.*?)" y="(.*?)"', picture)]
    assert len(names) == 2
    for path in re.findall(r'points="(.*?)"', picture):
        for across, down in (map(float, point.split(",")) for point in path.split()):
            for left, base in names:
                # Seven letters of 12 pixels, with the line's own sign before them.
                assert not (left - 24 <= across <= left + 50 and base - 11 <= down <= base + 3)


def test_the_names_stand_at_the_upper_right_where_nothing_is_in_their_way() -> None:
    (first, _) = re.findall(r'class="l" x="(.*?)" y="(.*?)"', drawn("losses"))
    assert first == ("358", "28")
