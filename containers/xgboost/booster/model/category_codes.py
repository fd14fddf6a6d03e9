"""Categorical features: what their codes mean, and which codes exist.

XGBoost knows a category's code alone. What the codes mean is stored in an attribute of the model
or, where plain XGBoost was trained on a data frame, in the model itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from booster.model import c_api
from booster.model.c_api import BoosterHandle
from tandem.data.arrays import Float32Array
from tandem.errors import BadData, Location

_ATTRIBUTE = "categories"
_MAX_CODE = 1 << 24  # above it float32 has no distinct integers


@dataclass(frozen=True)
class Category:
    """A categorical feature: its position, the `texts` of its codes where known, and their `count`.

    `count` is None where it is unknown. The fields are JSON keys, and the repr is part of
    fingerprints: keep both.
    """

    place: int
    texts: tuple[str, ...] | None = None
    count: int | None = None


Categorical = tuple[Category, ...]


def clean_codes(
    block: Float32Array, categorical: Categorical, at: Location, names: Sequence[str]
) -> Float32Array:
    """Return the features, float32 of shape (rows, features), with unseen codes as missing.

    `at` is the location of the first row. Raises BadData when a value is no code, or a code has no
    text.
    """
    for category in categorical:
        column = block[:, category.place]
        unseen = column < 0
        most = _MAX_CODE if category.count is None else category.count
        if category.texts is None and category.count is not None:
            unseen |= column >= most
        wrong = ~unseen & ((column != np.floor(column)) | (column >= most)) & ~np.isnan(column)
        if wrong.any():
            row = int(wrong.argmax())
            place = Location(at.file, (at.row or 1) + row, names[category.place])
            raise _make_code_error(category, float(column[row]), place)
        if unseen.any():
            block = block.copy()
            block[unseen, category.place] = np.nan
    return block


def list_feature_types(categorical: Categorical, width: int) -> list[str] | None:
    """Return XGBoost's type of each feature, "c" or "q"; None where none is categorical."""
    if not categorical:
        return None
    places = {category.place for category in categorical}
    return ["c" if place in places else "q" for place in range(width)]


def encode_categories(categorical: Categorical) -> Mapping[str, str]:
    """Return the attributes of a model that store what its codes mean."""
    if not categorical:
        return {}
    meanings = {str(c.place): c.count if c.texts is None else c.texts for c in categorical}
    return {_ATTRIBUTE: json.dumps(meanings, ensure_ascii=False)}


def read_categories(model: BoosterHandle) -> Categorical:
    """Return the categorical features of a model, with what their codes mean."""
    kinds = c_api.read_feature_info(model, "feature_type")
    places = [place for place, kind in enumerate(kinds) if kind == "c"]
    if not places:
        return ()
    meanings = json.loads(c_api.read_attribute(model, _ATTRIBUTE) or "null")
    if meanings is None:
        return tuple(_read_frame_categories(model, places))
    return tuple(
        Category(place, None, meaning)
        if isinstance(meaning, int)
        else Category(place, tuple(meaning), len(meaning))
        for place, meaning in ((place, meanings[str(place)]) for place in places)
    )


def _read_frame_categories(model: BoosterHandle, places: Sequence[int]) -> Iterator[Category]:
    booster = c_api.read_document(model)["gradient_booster"]
    trees = booster.get("gbtree", booster)["model"]  # dart's trees are gbtree's
    listed = trees.get("cats", {}).get("enc", [])
    for place in places:
        column = listed[place] if place < len(listed) else {"values": ()}
        if "offsets" not in column:
            yield Category(place, None, len(column["values"]) or None)
            continue
        texts = _decode_texts(column)
        # XGBoost 3.2.0 counts letters instead of bytes, and truncates texts that are not ASCII.
        yield Category(
            place, texts if texts and all(map(str.isascii, texts)) else None, len(texts) or None
        )


def _decode_texts(column: Mapping[str, Any]) -> tuple[str, ...]:
    letters = np.asarray(column["values"], dtype=np.int8).tobytes()
    return tuple(
        letters[begin:end].decode(errors="replace") for begin, end in pairwise(column["offsets"])
    )


def _make_code_error(category: Category, code: float, place: Location) -> BadData:
    if category.texts is not None and code == np.floor(code):
        return BadData(
            f"there is no category {code:.0f}: the column has {category.count}, counted from 0",
            where=place,
            remedy="Send codes from 0, or the texts themselves in Parquet or Arrow",
        )
    return BadData(
        "a category's code must be a whole number below 16,777,216",
        where=place,
        remedy="Leave the cell empty where the category is missing",
    )
