"""One-hot encoding: one feature per category; an unseen category sets none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from preprocessor.transforms.kernels.arrays import Array
from preprocessor.transforms.kernels.categorical import CategoryLookups, read_categories
from preprocessor.transforms.options import Option, Options
from preprocessor.transforms.steps.step import Replay, Step
from tandem.contract.value_types import choice, optional, real, whole
from tandem.data.rows.sparse_matrix import SparseMatrix

OTHER = "(other)"

MIN_FREQUENCY = Option(
    "min_frequency",
    optional(real(above=0)),
    None,
    f"Categories in fewer rows (below 1: in a smaller share of them) share the feature `{OTHER}`.",
)
MAX_CATEGORIES = Option(
    "max_categories",
    optional(whole(2)),
    None,
    f"Features a column may have; the rarest categories share the feature `{OTHER}`.",
)
ABSENT = Option(
    "absent",
    choice("zero", "missing"),
    "zero",
    "What the features of the other categories are. `missing` keeps rows sparse, in memory and"
    " between containers; `zero` gives dense rows.",
)


def feature_name(column: str, category: object) -> str:
    """Return the name of a category's feature."""
    return f"{column}={OTHER if category == 'infrequent_sklearn' else category}"


@dataclass(frozen=True)
class OneHotReplay:
    """Replay of step `onehot`: `width` features; `places` are each category's feature by column.

    `unknown` is each column's feature of unseen categories; `width` there means none.
    """

    width: int
    places: list[dict[str, int]]
    unknown: list[int]

    def apply(self, values: Array) -> Array | SparseMatrix:
        """One-hot encode the categories.

        values: object array (rows, columns), None = missing. Returns float64 (rows, width); all
        zeros for an unknown category.
        """
        rows = len(values)
        features = np.zeros((rows, self.width + 1))
        features[np.arange(rows), self._lookups.look_up(values)] = 1.0
        return features[:, :-1]

    def to_json(self) -> dict[str, Any]:
        """Return the replay as JSON values."""
        return asdict(self)

    @cached_property
    def _lookups(self) -> CategoryLookups:
        return CategoryLookups(self.places, self.unknown)


@dataclass(frozen=True)
class SparseOneHotReplay(OneHotReplay):
    """Replay of step `onehot` in sparse rows: absent features are missing, not zero."""

    absent: str = "missing"

    def apply(self, values: Array) -> SparseMatrix:
        """One-hot encode the categories as sparse rows; shape (rows, width)."""
        places = np.array(self._lookups.look_up(values), dtype=np.int64).T
        known = places < self.width
        starts = np.concatenate([[0], np.cumsum(known.sum(axis=1))]).astype(np.int64)
        indices = places[known]
        return SparseMatrix(starts, indices, np.ones(len(indices)), self.width)


class _OneHot(Step):
    name = "onehot"
    sentence = "One feature a category: 1 where the row has it, else 0."
    options = (MIN_FREQUENCY, MAX_CATEGORIES, ABSENT)

    def build_estimator(self, options: Options) -> Any:
        from sklearn.preprocessing import OneHotEncoder

        least = options[MIN_FREQUENCY]
        return OneHotEncoder(
            handle_unknown="infrequent_if_exist",
            min_frequency=int(least) if least is not None and least >= 1 else least,
            max_categories=options[MAX_CATEGORIES],
            sparse_output=options[ABSENT] == "missing",
            feature_name_combiner=feature_name,
        )

    def read_replay(self, fitted: Any) -> Replay:
        places, unknown, start = [], [], 0
        columns = list(zip(read_categories(fitted), _read_rare(fitted), strict=True))
        width = sum(len(categories) - len(rare) + bool(rare) for categories, rare in columns)
        for categories, rare in columns:
            frequent = [value for value in categories if value not in rare]
            others = start + len(frequent)
            indices = {value: start + index for index, value in enumerate(frequent)}
            places.append(indices | dict.fromkeys(sorted(rare), others))
            unknown.append(others if rare else width)
            start = others + bool(rare)
        kind = SparseOneHotReplay if fitted.sparse_output else OneHotReplay
        return kind(width, places, unknown)

    def from_json(self, values: Mapping[str, Any]) -> Replay:
        kind = SparseOneHotReplay if ABSENT.name in values else OneHotReplay
        return kind(**values)

    def find_origins(self, fitted: Any, width: int) -> Sequence[tuple[int, ...]]:
        sizes = [
            len(categories) - len(rare) + bool(rare)
            for categories, rare in zip(read_categories(fitted), _read_rare(fitted), strict=True)
        ]
        return [(index,) for index in range(width) for _ in range(sizes[index])]


def _read_rare(fitted: Any) -> list[set[str]]:
    """Return the infrequent categories of each column, which share a feature."""
    if not hasattr(fitted, "infrequent_categories_") or not fitted._infrequent_enabled:  # noqa: SLF001 - the public attribute raises without it
        return [set() for _ in fitted.categories_]
    return [
        set() if rare is None else {str(value) for value in rare}
        for rare in fitted.infrequent_categories_
    ]


STEP = _OneHot()
