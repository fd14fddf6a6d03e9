"""Hashed terms of a text: nothing is learnt, and no term is unknown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

from preprocessor.transforms.kernels.arrays import Array
from preprocessor.transforms.kernels.murmur3 import hash_to_feature
from preprocessor.transforms.kernels.text_terms import TermAnalyzer, fill_absent, normalize_rows
from preprocessor.transforms.options import Option, Options
from preprocessor.transforms.steps.step import Replay, Step
from preprocessor.transforms.steps.tfidf import ABSENT, ANALYZER, NGRAM_MAX, NGRAM_MIN, NORM
from tandem.contract.value_types import flag, whole
from tandem.data.rows.sparse_matrix import SparseMatrix, stack_rows
from tandem.data.rows.sparse_table import join_columns

FEATURES = Option("features", whole(2, 1 << 18), 4096, "How many features a column gets.")
ALTERNATE_SIGN = Option(
    "alternate_sign", flag(), True, "Half of the terms count downwards, so that clashes cancel out."
)


@dataclass(frozen=True)
class HashTermsReplay:
    """Replay of step `hash_terms`: its options, and the number of `columns`."""

    analyzer: str
    ngram_min: int
    ngram_max: int
    features: int
    alternate_sign: bool
    norm: str
    absent: str
    columns: int

    def apply(self, values: Array) -> SparseMatrix | Array:
        """Return the counts of the hashed terms; shape (rows, columns * features)."""
        blocks = [self._hash_column(texts) for texts in values.T.tolist()]
        return fill_absent(join_columns(blocks), self.absent)

    def to_json(self) -> dict[str, Any]:
        """Return the replay as JSON values."""
        return asdict(self)

    def _hash_column(self, texts: Sequence[str | None]) -> SparseMatrix:
        rows = stack_rows([self._count(text or "") for text in texts], self.features)
        return replace(rows, values=normalize_rows(rows, self.norm))

    def _count(self, text: str) -> Mapping[int, float]:
        counts: dict[int, float] = {}
        for term, count in Counter(self._analysis(text)).items():
            index, sign = hash_to_feature(term, self.features)
            counts[index] = counts.get(index, 0.0) + (
                sign * count if self.alternate_sign else count
            )
        return dict(sorted(counts.items()))

    @cached_property
    def _analysis(self) -> TermAnalyzer:
        return TermAnalyzer(self.analyzer, self.ngram_min, self.ngram_max)


class _HashTerms(Step):
    name = "hash_terms"
    sentence = "How often the text has the terms that share a place, which a hash gives them."
    options = (FEATURES, ANALYZER, NGRAM_MIN, NGRAM_MAX, ALTERNATE_SIGN, NORM, ABSENT)

    def build_estimator(self, options: Options) -> Any:
        from preprocessor.transforms.estimators.texts import HashedTerms

        return HashedTerms(
            features=options[FEATURES],
            analyzer=options[ANALYZER],
            ngram_min=options[NGRAM_MIN],
            ngram_max=options[NGRAM_MAX],
            alternate_sign=options[ALTERNATE_SIGN],
            norm=options[NORM],
            absent=options[ABSENT],
        )

    def read_replay(self, fitted: Any) -> Replay:
        return HashTermsReplay(
            *(fitted.analyzer, fitted.ngram_min, max(fitted.ngram_min, fitted.ngram_max)),
            features=fitted.features,
            alternate_sign=fitted.alternate_sign,
            norm=fitted.norm,
            absent=fitted.absent,
            columns=int(fitted.n_features_in_),
        )

    def from_json(self, values: Mapping[str, Any]) -> Replay:
        return HashTermsReplay(**values)

    def find_origins(self, fitted: Any, width: int) -> Sequence[tuple[int, ...]]:
        return [(index,) for index in range(width) for _ in range(fitted.features)]


STEP = _HashTerms()
