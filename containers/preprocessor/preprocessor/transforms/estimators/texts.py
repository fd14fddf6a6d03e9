"""Cleaning of texts, and terms counted by scikit-learn's vectorizers, one per column."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import (
    ENGLISH_STOP_WORDS,
    HashingVectorizer,
    TfidfVectorizer,
)

from preprocessor.transforms.estimators.column_estimator import ColumnEstimator
from preprocessor.transforms.kernels.text_cleaning import ENGLISH, CleanReplay


class TextCleaner(ColumnEstimator):
    """Cleaning of texts; a missing one stays missing. `cleaning_` is the replay."""

    def __init__(
        self,
        lower: bool = True,
        letters_only: bool = False,
        strip_accents: bool = False,
        remove: Sequence[str] = (),
        stop_words: Sequence[str] = (),
        skip_lines: int = 0,
    ) -> None:
        self.lower = lower
        self.letters_only = letters_only
        self.strip_accents = strip_accents
        self.remove = remove
        self.stop_words = stop_words
        self.skip_lines = skip_lines

    def fit(self, X: Any, y: Any = None) -> TextCleaner:  # noqa: ARG002, N803
        """Build the replay; `english` becomes scikit-learn's list of stop words."""
        self.check_texts(X, fit=True)
        stop_words = {word.lower() for word in self.stop_words}
        if ENGLISH in stop_words:
            stop_words = stop_words - {ENGLISH} | ENGLISH_STOP_WORDS
        self.cleaning_ = CleanReplay(
            skip_lines=self.skip_lines,
            remove=list(self.remove),
            strip_accents=self.strip_accents,
            lower=self.lower,
            letters_only=self.letters_only,
            stop_words=sorted(stop_words),
        )
        return self

    def transform(self, X: Any) -> NDArray[np.object_]:  # noqa: N803
        """Return the cleaned texts; object array (rows, columns)."""
        self.check_fitted()
        return self.cleaning_.apply(self.check_texts(X))


class _TermsEstimator(ColumnEstimator):
    """Base of estimators that fit one vectorizer per column; a missing text has no terms."""

    absent: str

    def fit(self, X: Any, y: Any = None) -> _TermsEstimator:  # noqa: ARG002, N803
        """Fit one vectorizer per column."""
        columns = self.check_texts(X, fit=True).T
        self.vectorizers_ = [
            self.build_vectorizer().fit(_fill_missing(column)) for column in columns
        ]
        return self

    def transform(self, X: Any) -> csr_matrix:  # noqa: N803
        """Return the weighted terms; a sparse matrix of (rows, all terms of all columns)."""
        self.check_fitted()
        columns = zip(self.vectorizers_, self.check_texts(X).T, strict=True)
        blocks = [vectorizer.transform(_fill_missing(column)) for vectorizer, column in columns]
        return csr_matrix(hstack(blocks, format="csr"))

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Name the features: the column's name, a colon and the term."""
        columns = super().get_feature_names_out(input_features)
        pairs = zip(columns, self.vectorizers_, strict=True)
        named = [f"{name}:{term}" for name, fitted in pairs for term in self.name_terms(fitted)]
        return np.array(named, dtype=object)

    @abstractmethod
    def build_vectorizer(self) -> Any:
        """Build the unfitted vectorizer of a column."""

    @abstractmethod
    def name_terms(self, fitted: Any) -> Sequence[str]:
        """Return the names of what a fitted vectorizer counts."""


class Tfidf(_TermsEstimator):
    """One TfidfVectorizer per column."""

    def __init__(
        self,
        analyzer: str = "word",
        ngram_min: int = 1,
        ngram_max: int = 1,
        min_df: float = 1.0,
        max_df: float = 1.0,
        max_features: int | None = None,
        sublinear_tf: bool = False,
        use_idf: bool = True,
        smooth_idf: bool = True,
        norm: str = "l2",
        absent: str = "missing",
    ) -> None:
        self.analyzer = analyzer
        self.ngram_min = ngram_min
        self.ngram_max = ngram_max
        self.min_df = min_df
        self.max_df = max_df
        self.max_features = max_features
        self.sublinear_tf = sublinear_tf
        self.use_idf = use_idf
        self.smooth_idf = smooth_idf
        self.norm = norm
        self.absent = absent

    def build_vectorizer(self) -> Any:
        """Build the unfitted vectorizer of a column."""
        return TfidfVectorizer(
            lowercase=False,
            analyzer=self.analyzer,
            ngram_range=(self.ngram_min, max(self.ngram_min, self.ngram_max)),
            min_df=int(self.min_df) if self.min_df >= 1 else self.min_df,
            max_df=int(self.max_df) if self.max_df > 1 else self.max_df,
            max_features=self.max_features,
            sublinear_tf=self.sublinear_tf,
            use_idf=self.use_idf,
            smooth_idf=self.smooth_idf,
            norm=None if self.norm == "none" else self.norm,
        )

    def name_terms(self, fitted: Any) -> Sequence[str]:
        """Return the terms in the order of their features."""
        return [str(term) for term in fitted.get_feature_names_out()]


class HashedTerms(_TermsEstimator):
    """One HashingVectorizer per column."""

    def __init__(
        self,
        features: int = 4096,
        analyzer: str = "word",
        ngram_min: int = 1,
        ngram_max: int = 1,
        alternate_sign: bool = True,
        norm: str = "l2",
        absent: str = "missing",
    ) -> None:
        self.features = features
        self.analyzer = analyzer
        self.ngram_min = ngram_min
        self.ngram_max = ngram_max
        self.alternate_sign = alternate_sign
        self.norm = norm
        self.absent = absent

    def build_vectorizer(self) -> Any:
        """Build the vectorizer of a column."""
        return HashingVectorizer(
            lowercase=False,
            analyzer=self.analyzer,
            ngram_range=(self.ngram_min, max(self.ngram_min, self.ngram_max)),
            n_features=self.features,
            alternate_sign=self.alternate_sign,
            norm=None if self.norm == "none" else self.norm,
        )

    def name_terms(self, fitted: Any) -> Sequence[str]:  # noqa: ARG002 - there are none
        """Return the numbers of the features, as texts."""
        return [str(index) for index in range(self.features)]


def _fill_missing(column: NDArray[np.object_]) -> list[str]:
    return [text if isinstance(text, str) else "" for text in column]
