"""What the columns of a host's data sets are, in words for the other hosts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import NamedTuple

from booster.data.dataset import Dataset
from booster.model.category_codes import Categorical, Category


@dataclass(frozen=True)
class Layout:
    """What the columns of a host's data sets are.

    `grows` says that the width is only what the largest index needed. `parts` are the columns
    beside features and label, by data set.
    """

    width: int
    grows: bool
    names: tuple[str, ...] | None
    categorical: Categorical
    parts: Mapping[str, Sequence[str]]

    def to_json(self) -> bytes:
        """Write it for the other hosts."""
        return json.dumps(asdict(self)).encode()

    @property
    def titles(self) -> Sequence[str]:
        """What to call the features."""
        return self.names or [str(place) for place in range(self.width)]


class Told(NamedTuple):
    """A host's layout, as that host told it."""

    host: str
    layout: Layout


def layout(sets: Mapping[str, Dataset]) -> Layout:
    """Say what the columns of data sets are, `train` and maybe `validation`."""
    training = sets["train"]
    parts = {name: _parts(held) for name, held in sets.items() if len(held.label)}
    return Layout(training.width, training.grows, training.names, training.categorical, parts)


def from_json(content: bytes) -> Layout:
    """Read what `to_json` wrote."""
    values = json.loads(content)
    names = values["names"]
    categorical = tuple(
        Category(c["place"], None if c["texts"] is None else tuple(c["texts"]), c["count"])
        for c in values["categorical"]
    )
    return Layout(
        values["width"],
        values["grows"],
        None if names is None else tuple(names),
        categorical,
        values["parts"],
    )


def moved(categorical: Categorical, names: Sequence[str] | None, to: Layout) -> list[Category]:
    """Return the places categories have in the layout of all."""
    if names is None or to.names is None:
        return list(categorical)
    return [replace(c, place=to.names.index(names[c.place])) for c in categorical]


def _parts(dataset: Dataset) -> list[str]:
    held = {"weight": dataset.weight, "qid": dataset.group}
    return [name for name, values in held.items() if values is not None]
