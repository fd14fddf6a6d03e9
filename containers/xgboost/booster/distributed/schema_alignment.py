"""Aligns a host's data set with the columns of all hosts, while it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from booster.data.dataset import Dataset
from booster.data.features import Features
from booster.distributed.host_schema import ColumnSchema, move_categories
from booster.model.category_codes import Category
from tandem.data.arrays import Float32Array
from tandem.errors import UserError


@dataclass(frozen=True)
class AlignedFeatures:
    """The rows of `base`, `width` features wide; a narrower one lacks the last features.

    `order` is the position in `base` of each feature. `recoded` has the new code of each old one,
    by position.
    """

    base: Features
    width: int
    order: tuple[int, ...] | None
    recoded: Mapping[int, Float32Array]

    def __len__(self) -> int:
        return len(self.base)

    def read(self, start: int, stop: int) -> Float32Array:
        """Return rows `start` to `stop`, float32 of shape (stop - start, width)."""
        rows = self.base.read(start, stop)
        values = np.full((len(rows), self.width), np.nan, dtype=np.float32)
        values[:, : rows.shape[1]] = rows if self.order is None else rows[:, self.order]
        for place, table in self.recoded.items():
            codes = values[:, place]
            present = ~np.isnan(codes)
            codes[present] = table[codes[present].astype(np.intp)]
        return values


def align_dataset(dataset: Dataset, schema: ColumnSchema, name: str = "train") -> Dataset:
    """Return a data set with the common columns; categories no host trains on are missing.

    Raises UserError when a data set has other features than the training sets.
    """
    if dataset.width > schema.width:
        raise UserError(
            f"channel '{name}' has {dataset.width} features,"
            f" and the training channels of all hosts {schema.width}"
        )
    order = None
    if dataset.names is not None and schema.names is not None and dataset.names != schema.names:
        place = {title: index for index, title in enumerate(dataset.names)}
        order = tuple(place[title] for title in schema.names)
    own = {c.place: c for c in move_categories(dataset.categorical, dataset.names, schema)}
    if own.keys() != {c.place for c in schema.categorical}:
        raise UserError(
            f"channel '{name}' has other categorical features than the training channel",
            remedy="Write both channels alike",
        )
    tables = {c.place: _build_code_table(own[c.place], c) for c in schema.categorical}
    recoded = {place: table for place, table in tables.items() if not _is_identity(table)}
    features = dataset.features
    if order is not None or recoded or dataset.width < schema.width:
        features = AlignedFeatures(features, schema.width, order, recoded)
    return replace(dataset, features=features, names=schema.names, categorical=schema.categorical)


def _build_code_table(own: Category, common: Category) -> Float32Array:
    """Return the common code of each of a host's codes, float32 of shape (codes,); NaN for none."""
    if own.texts is None or common.texts is None:
        codes = np.arange(own.count or 0, dtype=np.float32)
        codes[common.count or 0 :] = np.nan
        return codes
    place = {text: float(code) for code, text in enumerate(common.texts)}
    return np.array([place.get(text, np.nan) for text in own.texts], dtype=np.float32)


def _is_identity(table: Float32Array) -> bool:
    return np.array_equal(table, np.arange(len(table)))
