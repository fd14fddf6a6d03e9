"""The columns of a host's data sets, as JSON for the other hosts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import NamedTuple

from booster.data.dataset import Dataset
from booster.model.category_codes import Categorical, Category


@dataclass(frozen=True)
class ColumnSchema:
    """The columns of a host's data sets.

    `grows` is true where the width only follows from the largest index. `parts` are the columns
    beside features and label, by data set. The fields are the keys of the JSON.
    """

    width: int
    grows: bool
    names: tuple[str, ...] | None
    categorical: Categorical
    parts: Mapping[str, Sequence[str]]

    def to_json(self) -> bytes:
        """Return the columns as JSON, for the other hosts."""
        return json.dumps(asdict(self)).encode()

    @property
    def titles(self) -> Sequence[str]:
        """The names of the features in errors: their names or positions."""
        return self.names or [str(place) for place in range(self.width)]


class HostSchema(NamedTuple):
    """A host and its columns."""

    host: str
    schema: ColumnSchema


def describe_columns(sets: Mapping[str, Dataset]) -> ColumnSchema:
    """Return the columns of data sets, `train` and maybe `validation`."""
    training = sets["train"]
    parts = {
        name: _list_extra_columns(dataset) for name, dataset in sets.items() if len(dataset.label)
    }
    return ColumnSchema(training.width, training.grows, training.names, training.categorical, parts)


def parse_schema(content: bytes) -> ColumnSchema:
    """Parse what `ColumnSchema.to_json` wrote."""
    values = json.loads(content)
    names = values["names"]
    categorical = tuple(
        Category(c["place"], None if c["texts"] is None else tuple(c["texts"]), c["count"])
        for c in values["categorical"]
    )
    return ColumnSchema(
        values["width"],
        values["grows"],
        None if names is None else tuple(names),
        categorical,
        values["parts"],
    )


def move_categories(
    categorical: Categorical, names: Sequence[str] | None, schema: ColumnSchema
) -> list[Category]:
    """Return the categorical features at their positions in the common schema."""
    if names is None or schema.names is None:
        return list(categorical)
    return [replace(c, place=schema.names.index(names[c.place])) for c in categorical]


def _list_extra_columns(dataset: Dataset) -> list[str]:
    columns = {"weight": dataset.weight, "qid": dataset.group}
    return [name for name, values in columns.items() if values is not None]
