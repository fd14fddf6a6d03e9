"""TF-IDF: the terms of a text, weighted by their counts and by how few texts have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from preprocessor.transforms.kernels.arrays import Array
from preprocessor.transforms.kernels.text_terms import (
    TermAnalyzer,
    count_terms,
    fill_absent,
    normalize_rows,
)
from preprocessor.transforms.options import Option, Options
from preprocessor.transforms.steps.step import Replay, Step
from tandem.contract.value_types import choice, flag, optional, real, whole
from tandem.data.rows.sparse_matrix import SparseMatrix
from tandem.data.rows.sparse_table import join_columns

ANALYZER = Option(
    "analyzer",
    choice("word", "char", "char_wb"),
    "word",
    "Terms are words of two characters or more; runs of characters; or those inside words.",
)
NGRAM_MIN = Option("ngram_min", whole(1, 10), 1, "Fewest words, or characters, of a term.")
NGRAM_MAX = Option(
    "ngram_max",
    whole(1, 10),
    1,
    "Most words, or characters, of a term; `ngram_min` where that is more.",
)
NORM = Option("norm", choice("l2", "l1", "none"), "l2", "What a text's features are scaled to.")
ABSENT = Option(
    "absent",
    choice("missing", "zero"),
    "missing",
    "What a feature is where the text does not have the term. `missing` keeps rows sparse, in"
    " memory and between containers; `zero` gives dense rows.",
)


MIN_DF = Option(
    "min_df",
    real(above=0),
    1.0,
    "Terms in fewer texts (below 1: in a smaller share of them) are left out.",
)
MAX_DF = Option(
    "max_df",
    real(above=0),
    1.0,
    "Terms in a larger share of the texts (above 1: in more texts) are left out.",
)
MAX_FEATURES = Option(
    "max_features", optional(whole(1)), 5000, "The most frequent terms that are kept."
)
SUBLINEAR_TF = Option("sublinear_tf", flag(), False, "1 + log(count) instead of the count.")
USE_IDF = Option("use_idf", flag(), True, "Whether terms that few texts have weigh more.")
SMOOTH_IDF = Option("smooth_idf", flag(), True, "As if one more text had every term.")


@dataclass(frozen=True)
class TfidfReplay:
    """Replay of step `tfidf`: its options, the `terms` of each column and their IDF `weights`."""

    analyzer: str
    ngram_min: int
    ngram_max: int
    sublinear: bool
    norm: str
    absent: str
    terms: list[list[str]]
    weights: list[list[float]] | None

    def apply(self, values: Array) -> SparseMatrix | Array:
        """Return the weighted terms; shape (rows, all terms of all columns)."""
        blocks = [self._weigh(texts, column) for column, texts in enumerate(values.T.tolist())]
        return fill_absent(join_columns(blocks), self.absent)

    def to_json(self) -> dict[str, Any]:
        """Return the replay as JSON values."""
        return asdict(self)

    def _weigh(self, texts: Sequence[str | None], column: int) -> SparseMatrix:
        indices = self._indices[column]
        rows = count_terms(texts, self._analysis, indices.get, len(indices))
        if self.sublinear:
            rows = replace(rows, values=np.log(rows.values) + 1.0)
        if self._weights is not None:
            rows = replace(rows, values=rows.values * self._weights[column][rows.indices])
        return replace(rows, values=normalize_rows(rows, self.norm))

    @cached_property
    def _analysis(self) -> TermAnalyzer:
        return TermAnalyzer(self.analyzer, self.ngram_min, self.ngram_max)

    @cached_property
    def _indices(self) -> list[dict[str, int]]:
        return [{term: index for index, term in enumerate(terms)} for terms in self.terms]

    @cached_property
    def _weights(self) -> list[Array] | None:
        return None if self.weights is None else [np.array(column) for column in self.weights]


class _Tfidf(Step):
    name = "tfidf"
    sentence = "A feature a term: how often the text has it, weighed by how few other texts do."
    options = (
        *(ANALYZER, NGRAM_MIN, NGRAM_MAX, MIN_DF, MAX_DF, MAX_FEATURES),
        *(SUBLINEAR_TF, USE_IDF, SMOOTH_IDF, NORM, ABSENT),
    )

    def build_estimator(self, options: Options) -> Any:
        from preprocessor.transforms.estimators.texts import Tfidf

        return Tfidf(
            analyzer=options[ANALYZER],
            ngram_min=options[NGRAM_MIN],
            ngram_max=options[NGRAM_MAX],
            min_df=options[MIN_DF],
            max_df=options[MAX_DF],
            max_features=options[MAX_FEATURES],
            sublinear_tf=options[SUBLINEAR_TF],
            use_idf=options[USE_IDF],
            smooth_idf=options[SMOOTH_IDF],
            norm=options[NORM],
            absent=options[ABSENT],
        )

    def read_replay(self, fitted: Any) -> Replay:
        columns = fitted.vectorizers_
        return TfidfReplay(
            *(fitted.analyzer, fitted.ngram_min, max(fitted.ngram_min, fitted.ngram_max)),
            sublinear=fitted.sublinear_tf,
            norm=fitted.norm,
            absent=fitted.absent,
            terms=[[str(term) for term in column.get_feature_names_out()] for column in columns],
            weights=[column.idf_.tolist() for column in columns] if fitted.use_idf else None,
        )

    def from_json(self, values: Mapping[str, Any]) -> Replay:
        return TfidfReplay(**values)

    def find_origins(self, fitted: Any, width: int) -> Sequence[tuple[int, ...]]:
        sizes = [len(column.vocabulary_) for column in fitted.vectorizers_]
        return [(index,) for index in range(width) for _ in range(sizes[index])]


STEP = _Tfidf()
