"""Small models that stand behind a worker."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

import numpy as np

from tandem.data.schema.fields import Field
from tandem.data.schema.matrix_schema import MatrixSchema
from tandem.data.schema.policies import Policy
from tandem.data.schema.record_schema import RecordSchema
from tandem.data.tables import Output, Table

# Second numbers of a row with which `Sums` does something else than to add.
SLEEP, PROCESS, MANY = -1.0, -2.0, -3.0


class Sums:
    """Adds up a row, and breaks on 13.

    With SLEEP it takes as many seconds as the row's first number, with PROCESS it answers its
    process's number, and with MANY as many columns as the first number.
    """

    schema = MatrixSchema(2, ("a", "b"))
    offered: tuple[str, ...] = ("twice",)

    def predict(self, table: Table) -> Table:
        first, second = table.numbers[0]
        if second == SLEEP:
            time.sleep(first)
        if second == PROCESS:
            return Table(np.array([[float(os.getpid())]]))
        if second == MANY:
            return Table(np.ones((1, int(first))))
        sums = table.numbers.sum(axis=1, keepdims=True)
        if 13.0 in sums:
            raise RuntimeError("secret of the model")
        return Table(sums)

    def select(self, table: Table, names: Sequence[str]) -> Table:
        sums = table.numbers.sum(axis=1)
        return Table(sums[:, None], outputs=tuple(Output(name, 2 * sums) for name in names))

    def example(self) -> Table:
        return Table(np.zeros((1, 2)))


class Words(Sums):
    """Counts what training has not seen."""

    schema = RecordSchema(  # type: ignore[assignment]
        (Field("n", "number", Policy(high=5.0)), Field("w", "text", Policy(known=frozenset("xy")))),
        ("n", "w"),
    )
    offered = ()

    def predict(self, table: Table) -> Table:
        return Table(table.numbers.sum(axis=1, keepdims=True))
