"""Numbers of typed columns are read to the bits and refusals of the cells that CSV has for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tandem.data.arrow.typed_columns import TypedColumns
from tandem.data.schema.fields import Field
from tandem.data.schema.policies import Policy
from tandem.data.schema.record_schema import RecordSchema
from tandem.data.text.number_formats import NumberFormat
from tandem.data.unusual_counts import KINDS
from tandem.errors import BadData

ERROR = {"out_of_range": "error", "missing_value": "error"}
SCHEMA = RecordSchema(
    fields=(
        Field("a", "number"),
        Field("b", "number", Policy({"unparsable": "missing"}, low=-5.0, high=1e9)),
        Field("c", "number", Policy(ERROR, low=-1e6, high=1e20, complete=True)),
        Field("d", "number", format=NumberFormat(percent=True)),
        Field("e", "text"),
    ),
    layout=("a", "b", "c", "d", "e", "y"),
    label=Field("y", "number"),
)
SCHEMAS = [SCHEMA, replace(SCHEMA, missing=frozenset({"", "-1", "NA"}))]
SIZES = [8, 16, 32, 64]
TYPES = [
    *(kind for size in SIZES for kind in (f"int{size}", f"uint{size}")),
    *("float32", "float64", "string", "bool", "decimal", "dictionary", "null"),
]


def make_array(kind: str, values: list[int | float | None]) -> Any:
    """Return an Arrow array of a type, of as many of the values as it can hold."""
    makers: dict[str, Callable[[Any], object]] = {
        "null": lambda _: None,
        "bool": lambda value: value > 0,
        "string": repr,
    }
    if kind in makers:
        return pa.array([None if value is None else makers[kind](value) for value in values])
    if kind.startswith("float"):
        with np.errstate(over="ignore"):
            return pa.array(np.array(values, dtype=kind), from_pandas=False)
    whole = [None if value is None or not abs(value) < 2**63 else int(value) for value in values]
    if kind == "decimal":
        return pa.array(whole, pa.decimal128(38, 4))
    if kind == "dictionary":
        return pa.array(whole, pa.int64()).dictionary_encode()
    bounds = np.iinfo(kind)
    kept = [one if one is not None and bounds.min <= one <= bounds.max else None for one in whole]
    return pa.array(kept, kind)


NUMBERS = (
    st.sampled_from([-1, 7, -1.0, np.inf, -np.inf])
    | st.sampled_from([-0.0, 0.1, 1e15, 123456789.0, 5e-324, 2.0**53 + 2, 1e300])
    | st.none()
    | st.floats()
    | st.integers(-(2**64), 2**64)
)


@st.composite
def make_columns(draw: st.DrawFn) -> pa.Table:
    rows = draw(st.integers(1, 4))
    names = draw(st.sampled_from([("a", "b", "c", "d", "e"), ("y", "e", "d", "c", "b", "a"), "ab"]))
    column = st.lists(NUMBERS, min_size=rows, max_size=rows)
    arrays = [make_array(draw(st.sampled_from(TYPES)), draw(column)) for _ in names]
    return pa.Table.from_arrays(arrays, names=list(names))


def describe(read: Callable[[], Any]) -> object:
    """What a reading gives, to the bit, or the error it raises."""
    try:
        table = read()
    except BadData as error:
        return str(error)
    label = None if table.label is None else table.label.tobytes()
    counts = {kind: dict(table.counts.rank_columns(kind)) for kind in KINDS} if table.counts else {}
    return table.numbers.tobytes(), table.texts.tolist(), label, counts


@example(pa.table({name: [-1, 7] for name in "abcde"}), SCHEMAS[1])
@given(make_columns(), st.sampled_from(SCHEMAS))
def test_numbers_are_those_of_the_cells(table: pa.Table, schema: RecordSchema) -> None:
    source = TypedColumns(lambda: table, lambda: table.shape, "a table")
    cells = schema.to_table, schema.read_records
    assert describe(lambda: schema.read(source)) == describe(lambda: cells[0](cells[1](source)))


def test_numbers_do_not_become_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    table = pa.table({"a": [0.5, None], "b": [1, 2], "c": [1.5, 2], "d": ["1%", "2%"], "e": [1, 2]})
    formatted = list[str]()

    def format_column(array: Any) -> list[str]:
        formatted.append(str(array.type))
        return [str(value) for value in array.to_pylist()]

    monkeypatch.setattr("tandem.data.arrow.typed_columns.format_column", format_column)
    source = TypedColumns(lambda: table, lambda: table.shape, "a table")
    numbers = SCHEMA.read(source).numbers
    assert formatted == ["string", "int64"]
    assert numbers.tolist()[1][1:] == [2, 2, 0.02]
