"""Numbers that the page of C reads are Python's, to the bit; the rest it leaves to others."""

from __future__ import annotations

from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.data.text import decimals

pytestmark = pytest.mark.skipif(
    decimals.read_matrix(b"1", 1) is None, reason="made without a C compiler"
)
# Each way a number can be written; the longer ones leave the quick ways to strtod.
FORMS = ["{0!r}", "{0:.3f}", "{0:.9g}", "{0:.17e}", "{0:.25e}", "{0:.0f}"]


def read(cells: list[str]) -> bytes:
    found = decimals.read_matrix(",".join(cells).encode(), len(cells))
    assert found is not None
    return found.tobytes()


def pythons(cells: list[str]) -> bytes:
    return np.array([float(cell) for cell in cells]).tobytes()


@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=30),
    st.sampled_from(FORMS),
)
def test_any_float_in_any_form_is_pythons(values: list[float], form: str) -> None:
    cells = [form.format(value) for value in values]
    assert read(cells) == pythons(cells)


@given(st.integers(0, 10**19 - 1), st.integers(-80, 80))
def test_any_digits_times_any_power_are_pythons(digits: int, power: int) -> None:
    cells = [f"{digits}e{power}", f"-{digits}E{power:+d}", f"0.{digits:019d}"]
    assert read(cells) == pythons(cells)


def test_half_way_between_two_floats_and_beside_it() -> None:
    """Where the first 128 bits of a product do not tell which one is nearer."""
    generator = np.random.default_rng(5)
    cells = []
    with localcontext() as context:
        context.prec = 60
        for _ in range(5000):
            odd = 2 * int(generator.integers(1 << 52, 1 << 53)) + 1
            half = odd * Decimal(2) ** int(generator.integers(-60, 60))
            digits = int(generator.choice([17, 18, 19, 25, 55]))
            cells.append(f"{half:.{digits - 1}e}")
    assert read(cells) == pythons(cells)


def test_lines_are_rows_and_empty_cells_are_missing() -> None:
    found = decimals.read_matrix(b"1,,-0\r\n,2.5,1e3\n,,", 3)
    assert found is not None
    nan = np.nan
    np.testing.assert_array_equal(found, [[1, nan, 0], [nan, 2.5, 1000], [nan, nan, nan]])
    assert np.signbit(found[0, 2])


@pytest.mark.parametrize(
    "lines",
    [
        *[b"", b"1,2\n3", b"1,2,3", b"1,2\n\n", b"1,2\n\n3,4", b"1,2\r3,4", b"1,2\r", b"\n1,2"],
        *[b"1,+2", b"1,.5", b"1,5.", b"1,05", b"1,-", b"1,1e", b"1,1e+", b"1,0x10", b"1,1_000"],
        *[b"1, 2", b"1,2 ", b"1,nan", b"1,inf", b"1,1e400", b"1,-1e999", b"1," + b"9" * 400],
        *[b"1,2\0", b"1,2\0,3", b"1,\xd9\xa1", b'1,"2"', b"a,b\n1,2"],
    ],
)
def test_what_is_not_certain_is_left_to_others(lines: bytes) -> None:
    assert decimals.read_matrix(lines, 2) is None


def test_an_empty_line_is_no_missing_number() -> None:
    assert decimals.read_matrix(b"1\n\n2", 1) is None
    assert decimals.read_matrix(b"\n", 1) is None


def test_without_what_was_compiled_others_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decimals, "_LIBRARY", None)
    assert decimals.read_matrix(b"1,2", 2) is None
