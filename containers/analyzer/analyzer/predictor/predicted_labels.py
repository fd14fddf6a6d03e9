"""Predicted labels, made of what a model answers: labels, probabilities or scores of classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analyzer.bias.column_selection import Scalar, is_continuous
from tandem.errors import BadData


@dataclass(frozen=True)
class LabelRule:
    """How labels are chosen: `headers` name the scores, a probability is above the `threshold`."""

    headers: Sequence[str] | None
    threshold: float

    def choose_labels(
        self, columns: Sequence[Sequence[Any]], label: pd.Series, positive: Sequence[Scalar]
    ) -> pd.Series:
        """Return the predicted label of each row, comparable with `label`.

        `columns` are the labels and scores of the rows, or either. Raises BadData when there are
        several scores and no headers.
        """
        if len(columns) == 2:
            chosen = [_choose(one, score) for one, score in zip(*columns, strict=True)]
            return pd.Series(chosen, name="predicted_label")
        (values,) = columns
        if any(isinstance(value, list) and len(value) > 1 for value in values):
            return pd.Series([self._choose_header(value) for value in values])
        single = pd.Series([value[0] if isinstance(value, list) else value for value in values])
        return self._apply_threshold(single, label, positive)

    def _choose_header(self, scores: list[Any]) -> str:
        if self.headers is None or len(self.headers) != len(scores):
            raise BadData(
                f"the model answers {len(scores)} scores a row",
                remedy="Set predictor.label_headers to their labels.",
            )
        return self.headers[int(np.argmax(read_scores(scores)))]

    def _apply_threshold(
        self, values: pd.Series, label: pd.Series, positive: Sequence[Scalar]
    ) -> pd.Series:
        """Turn probabilities into labels; predicted labels and continuous predictions stay."""
        known = {_normalize(value) for value in label.dropna().unique()}
        numeric = pd.to_numeric(values, errors="coerce")
        if numeric.isna().any() or is_continuous(label, positive):
            return values
        if all(_normalize(value) in known for value in values.unique()):
            return values
        if self.headers is not None and len(self.headers) == 1:
            (name,) = self.headers
            others = [value for value in label.dropna().unique() if str(value) != name]
            other = str(others[0]) if others else f"not {name}"
            return pd.Series(np.where(numeric > self.threshold, name, other))
        return (numeric > self.threshold).astype(int)


def read_scores(value: Any) -> list[float]:
    """Return one score or several. Raises BadData when one is no number."""
    values = value if isinstance(value, list) else [value]
    try:
        return [float(each) for each in values]
    except (TypeError, ValueError):
        raise BadData(
            f"the model's score is no number: {value!r}",
            remedy="Set predictor.probability to where the score is.",
        ) from None


def _choose(label: Any, scores: Any) -> Any:
    """Return the label with the highest score, or the one label that the model answers."""
    if not isinstance(label, list):
        return label
    numbers = read_scores(scores)
    if len(numbers) != len(label):
        raise BadData(f"the model answers {len(label)} labels and {len(numbers)} scores")
    return label[int(np.argmax(numbers))]


def _normalize(value: object) -> str:
    try:
        return f"{float(str(value)):.17g}"
    except ValueError:
        return str(value)
