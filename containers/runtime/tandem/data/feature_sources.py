"""The raw columns that features were made of, and sums of features' values by raw column.

Between the containers of an inference pipeline they are two parameters of a media type:
`raw=area|zone&sources=0|1*5|0+1` says that the first feature comes from `area`, the next five from
`zone`, and the last from both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import groupby
from urllib.parse import quote, unquote

import numpy as np

from tandem.data.arrays import Float64Array, FloatArray
from tandem.errors import BadData

RAW, SOURCES = "raw", "sources"
_RUN = re.compile(r"(\d{1,6}(?:\+\d{1,6})*)(?:\*(\d{1,7}))?")
_MOST_FEATURES = 1 << 20


@dataclass(frozen=True)
class FeatureSources:
    """Raw columns, and for each feature the indices of those it was made of (one at least)."""

    columns: tuple[str, ...]
    members: tuple[tuple[int, ...], ...]

    def sum_by_column(self, values: FloatArray) -> Float64Array:
        """Return sums by raw column, shape (..., columns), of values of shape (..., features).

        A feature of several columns counts for each of them in equal parts, which is how Shapley
        values share what only a group of players brings.
        """
        return np.asarray(values, dtype=np.float64) @ self._shares

    def to_parameters(self) -> str:
        """Return the parameters of a media type."""
        names = "|".join(quote(column, safe="") for column in self.columns)
        runs = [
            ("+".join(map(str, indices)), len(list(group)))
            for indices, group in groupby(self.members)
        ]
        text = "|".join(f"{run}*{count}" if count > 1 else run for run, count in runs)
        return f"{RAW}={names}; {SOURCES}={text}"

    @cached_property
    def _shares(self) -> Float64Array:
        """The share of each feature that each column has, shape (features, columns)."""
        shares = np.zeros((len(self.members), len(self.columns)))
        for feature, indices in enumerate(self.members):
            shares[feature, list(indices)] = 1 / len(indices)
        return shares


def index_columns(sources: Sequence[Sequence[str]]) -> FeatureSources:
    """Return the sources of features, from the names of each feature's raw columns."""
    columns = {name: None for names in sources for name in names}
    places = {name: index for index, name in enumerate(columns)}
    members = tuple(tuple(dict.fromkeys(places[name] for name in names)) for names in sources)
    return FeatureSources(tuple(columns), members)


def read_parameters(parameters: Mapping[str, str], width: int) -> FeatureSources | None:
    """Return the sources of `width` features that a media type has; None where it has none.

    Raises BadData when they are not those of so many features.
    """
    if SOURCES not in parameters:
        return None
    return _parse(parameters.get(RAW, ""), parameters[SOURCES], width)


@lru_cache(maxsize=16)
def _parse(raw: str, text: str, width: int) -> FeatureSources:
    columns = tuple(map(unquote, raw.split("|")))
    members: list[tuple[int, ...]] = []
    for run in text.split("|"):
        match = _RUN.fullmatch(run)
        count = int(match[2] or 1) if match else 0
        indices = tuple(map(int, match[1].split("+"))) if match else ()
        if not indices or max(indices) >= len(columns) or len(members) + count > _MOST_FEATURES:
            raise _make_error(width)
        members += [indices] * count
    if len(members) != width:
        raise _make_error(width)
    return FeatureSources(columns, tuple(members))


def _make_error(width: int) -> BadData:
    return BadData(
        f"the parameters {RAW} and {SOURCES} of the media type do not say where the {width} "
        "features of the model come from",
        remedy="Put the transform and the model that belong together into the endpoint",
    )
