"""A host's data set in the layout of all hosts: changed when it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from booster.data.dataset import Dataset
from booster.data.features import Features
from booster.distributed.host_schema import Layout, moved
from booster.model.category_codes import Category
from tandem.data.arrays import Float32Array
from tandem.errors import UserError


@dataclass(frozen=True)
class Arranged:
    """Another's rows, `width` features wide; what is narrower lacks the last features.

    `order` says where each feature stands in the other one. `recoded` has, by place, the new code
    of every old one.
    """

    base: Features
    width: int
    order: tuple[int, ...] | None
    recoded: Mapping[int, Float32Array]

    def __len__(self) -> int:
        return len(self.base)

    def read(self, start: int, stop: int) -> Float32Array:
        """Return some rows."""
        found = self.base.read(start, stop)
        values = np.full((len(found), self.width), np.nan, dtype=np.float32)
        values[:, : found.shape[1]] = found if self.order is None else found[:, self.order]
        for place, table in self.recoded.items():
            codes = values[:, place]
            known = ~np.isnan(codes)
            codes[known] = table[codes[known].astype(np.intp)]
        return values


def arranged(dataset: Dataset, to: Layout, name: str = "train") -> Dataset:
    """Return a host's data set in the layout of all hosts; a category no host trains on is missing.

    Raises UserError for a data set that has other features than all training sets.
    """
    if dataset.width > to.width:
        raise UserError(
            f"channel '{name}' has {dataset.width} features,"
            f" and the training channels of all hosts {to.width}"
        )
    order = None
    if dataset.names is not None and to.names is not None and dataset.names != to.names:
        place = {title: index for index, title in enumerate(dataset.names)}
        order = tuple(place[title] for title in to.names)
    own = {c.place: c for c in moved(dataset.categorical, dataset.names, to)}
    if own.keys() != {c.place for c in to.categorical}:
        raise UserError(
            f"channel '{name}' has other categorical features than the training channel",
            remedy="Write both channels alike",
        )
    tables = {c.place: _table(own[c.place], c) for c in to.categorical}
    recoded = {place: table for place, table in tables.items() if not _is_same(table)}
    features = dataset.features
    if order is not None or recoded or dataset.width < to.width:
        features = Arranged(features, to.width, order, recoded)
    return replace(dataset, features=features, names=to.names, categorical=to.categorical)


def _table(mine: Category, to: Category) -> Float32Array:
    """Return the common code of each of a host's own; NaN where there is none."""
    if mine.texts is None or to.texts is None:
        codes = np.arange(mine.count or 0, dtype=np.float32)
        codes[to.count or 0 :] = np.nan
        return codes
    place = {text: float(code) for code, text in enumerate(to.texts)}
    return np.array([place.get(text, np.nan) for text in mine.texts], dtype=np.float32)


def _is_same(table: Float32Array) -> bool:
    return np.array_equal(table, np.arange(len(table)))
