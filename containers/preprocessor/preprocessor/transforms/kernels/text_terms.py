"""The terms of a text, as scikit-learn's vectorizers find them, and rows of weighted terms."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from preprocessor.transforms.kernels.arrays import Array
from tandem.data.rows.sparse_matrix import SparseMatrix

_TOKEN = re.compile(r"\b\w\w+\b")
_SPACES = re.compile(r"\s\s+")


@dataclass(frozen=True)
class TermAnalyzer:
    """Splitting of a text into terms, as scikit-learn's `analyzer` and `ngram_range` do."""

    analyzer: str
    ngram_min: int
    ngram_max: int

    def __call__(self, text: str) -> list[str]:
        """Return the terms of a text, repeated as often as they occur."""
        sizes = range(self.ngram_min, self.ngram_max + 1)
        if self.analyzer == "word":
            words = _TOKEN.findall(text)
            return [term for size in sizes for term in _join_runs(words, size)]
        text = _SPACES.sub(" ", text)
        if self.analyzer == "char":
            return [term for size in sizes for term in _slice(text, size)]
        return [term for word in text.split() for term in self._slice_word(f" {word} ")]

    def _slice_word(self, word: str) -> list[str]:
        longest = max(self.ngram_min, min(self.ngram_max, len(word)))
        sizes = range(self.ngram_min, longest + 1)
        return [term for size in sizes for term in _slice(word, size) or [word]]


def count_terms(
    texts: Sequence[str | None],
    analyze: TermAnalyzer,
    find_index: Callable[[str], int | None],
    width: int,
) -> SparseMatrix:
    """Count the terms of each text; shape (texts, width).

    `find_index` returns the column of a term, None for one that is not counted.
    """
    starts, indices, counts = [0], list[int](), list[float]()
    for text in texts:
        row_counts: dict[int, int] = {}
        for term, count in Counter(analyze(text) if text else ()).items():
            index = find_index(term)
            if index is not None:
                row_counts[index] = row_counts.get(index, 0) + count
        indices += sorted(row_counts)
        counts += [row_counts[index] for index in sorted(row_counts)]
        starts.append(len(indices))
    return SparseMatrix(
        np.array(starts), np.array(indices, dtype=np.int64), np.array(counts, np.float64), width
    )


def normalize_rows(rows: SparseMatrix, norm: str) -> Array:
    """Return the values scaled to rows of length 1; float64, the shape of `rows.values`.

    Sums run from left to right, as scikit-learn's do.
    """
    values = rows.values
    if norm == "none":
        return values
    row = np.repeat(np.arange(len(rows)), np.diff(rows.starts))
    sizes = values * values if norm == "l2" else np.abs(values)
    totals: Array = np.bincount(row, sizes, minlength=len(rows)).astype(np.float64)
    lengths = np.sqrt(totals) if norm == "l2" else totals
    lengths[lengths == 0] = 1.0
    scaled: Array = values / lengths[row]
    return scaled


def fill_absent(rows: SparseMatrix, absent: str) -> SparseMatrix | Array:
    """Return sparse rows where absent features are missing, else a dense array with zeros."""
    return rows if absent == "missing" else rows.to_dense(rows.width, 0.0)


def _join_runs(words: list[str], size: int) -> list[str]:
    if size == 1:
        return words
    return [" ".join(run) for run in zip(*(words[start:] for start in range(size)), strict=False)]


def _slice(text: str, size: int) -> list[str]:
    return [text[start : start + size] for start in range(len(text) - size + 1)]
