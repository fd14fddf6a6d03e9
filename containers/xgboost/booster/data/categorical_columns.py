"""Which columns of a channel are categories, found while the channel is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from booster.model.category_codes import Categorical, Category, clean_codes
from tandem.data.arrays import Float32Array
from tandem.data.categories import Categories
from tandem.errors import BadData, Location, UserError, did_you_mean


def find_categorical(
    selection: Sequence[str], categories: Categories, names: Sequence[str] | None, width: int
) -> Categorical:
    """Return the categorical features: those of `selection`, and those with texts in `categories`.

    `selection` holds names or positions, counted from 0. Raises UserError when a feature does not
    exist.
    """
    texts = {
        place: categories.known[name]
        for place, name in enumerate(names or ())
        if name in categories.known
    }
    places = sorted({*texts, *(_find_position(word, names, width) for word in selection)})
    return tuple(
        Category(place, texts.get(place), len(texts[place]) if place in texts else None)
        for place in places
    )


class CategoricalColumns:
    """The categorical features of one channel, collected while its files are read.

    `selection` holds names or positions of features. `training` are the categorical features of the
    training channel, which a validation channel shares.
    """

    def __init__(
        self, selection: Sequence[str], categories: Categories, training: Categorical | None = None
    ) -> None:
        self.categories = categories
        self._selection = selection
        self._training = training
        self._found: Categorical | None = training
        self._highest: NDArray[np.float32] | None = None

    @property
    def categorical(self) -> Categorical:
        """The categorical features, complete once all files are read."""
        if self._training is not None or self._found is None or self._highest is None:
            return self._found or ()
        return count_codes(self._found, self._highest.tolist())

    def clean_codes(
        self, block: Float32Array, names: Sequence[str] | None, at: Location, titles: Sequence[str]
    ) -> Float32Array:
        """Return the next rows, float32 of shape (rows, features), with valid codes.

        `at` is the location of the first row. Raises BadData as
        `booster.model.category_codes.clean_codes` does, and when a column holds numbers in other
        files.
        """
        if self._training is None:
            self._find_columns(names, block.shape[1], at)
        cleaned = clean_codes(block, self._found or (), at, titles)
        if self._training is None and len(block):
            codes = cleaned[:, [category.place for category in self._found or ()]]
            highest = self._highest if self._highest is not None else np.nan
            self._highest = np.fmax(np.fmax.reduce(codes, axis=0), highest)
        return cleaned

    def _find_columns(self, names: Sequence[str] | None, width: int, at: Location) -> None:
        categorical = find_categorical(self._selection, self.categories, names, width)
        before = {c.place for c in self._found} if self._found is not None else None
        new = [c.place for c in categorical if before is not None and c.place not in before]
        if new:
            raise BadData(
                "the column holds categories, and in the files before it holds numbers",
                where=Location(at.file, None, names[new[0]] if names else str(new[0])),
                remedy="Write all files alike",
            )
        self._found = categorical


def count_codes(categorical: Categorical, highest: Sequence[float]) -> Categorical:
    """Return the features with their number of codes; `highest`: largest codes, NaN for none."""
    return tuple(
        category
        if category.texts is not None
        else replace(category, count=0 if np.isnan(code) else int(code) + 1)
        for category, code in zip(categorical, highest, strict=True)
    )


def _find_position(name_or_position: str, names: Sequence[str] | None, width: int) -> int:
    if names is not None and name_or_position in names:
        return list(names).index(name_or_position)
    if name_or_position.isdecimal() and int(name_or_position) < width:
        return int(name_or_position)
    hint = did_you_mean(name_or_position, names or ())
    raise UserError(
        f"hyperparameter 'categorical_features' names {name_or_position!r}, which is no feature"
        + (f"; {hint}" if hint else ""),
        remedy="" if hint else f"There are {width} features, counted from 0",
    )
