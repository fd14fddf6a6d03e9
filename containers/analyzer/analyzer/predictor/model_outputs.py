"""Predictions of a model: scores to explain, and labels to compare."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analyzer.bias.column_selection import Scalar, is_continuous
from analyzer.configuration.predictor_config import PredictorConfig
from analyzer.explain.kernel_shap import ObjectArray
from analyzer.predictor.request_bodies import RequestBody, write_bodies
from analyzer.predictor.response_values import find_values
from tandem.data.arrays import FloatArray
from tandem.errors import BadData

# Sends requests and returns the body of each response.
Send = Callable[[Sequence[RequestBody]], Sequence[bytes]]


class ModelOutputs:
    """The outputs of a model for rows of features."""

    def __init__(self, config: PredictorConfig, names: Sequence[str], send: Send) -> None:
        self._config = config
        self._names = list(names)
        self._send = send

    def score_rows(self, rows: ObjectArray) -> FloatArray:
        """Return the scores of rows, shape (rows, outputs). Raises BadData when one is no number.

        A score is what `probability` locates, else `label`, else the whole response.
        """
        config = self._config
        place = config.label if config.probability is None else config.probability
        (values,) = self._ask(rows, [place])
        return np.array([_read_scores(value) for value in values], dtype=np.float64)

    def predict_labels(
        self, rows: ObjectArray, label: pd.Series, positive: Sequence[Scalar], threshold: float
    ) -> pd.Series:
        """Return the predicted label of each row, comparable with `label`.

        Raises BadData when the response has several scores and no label headers.
        """
        config = self._config
        if config.probability is not None and config.label is not None:
            labels, scores = self._ask(rows, [config.label, config.probability])
            chosen = [_choose(one, score) for one, score in zip(labels, scores, strict=True)]
            return pd.Series(chosen, name="predicted_label")
        place = config.label if config.probability is None else config.probability
        (values,) = self._ask(rows, [place])
        if any(isinstance(value, list) and len(value) > 1 for value in values):
            return pd.Series([self._choose_header(value) for value in values])
        single = pd.Series([value[0] if isinstance(value, list) else value for value in values])
        return self._apply_threshold(single, label, positive, threshold)

    def name_outputs(self, outputs: int) -> list[str]:
        """Return a name for each output: the label headers, or label0, label1 and so on."""
        headers = self._config.label_headers
        if headers is not None and len(headers) == outputs:
            return list(headers)
        return [f"label{number}" for number in range(outputs)]

    def _ask(self, rows: ObjectArray, places: Sequence[Any]) -> list[list[Any]]:
        bodies = list(write_bodies(self._config, rows, self._names))
        accept = self._config.accept_type or "text/csv"
        found: list[list[Any]] = [[] for _ in places]
        for sent, answer in zip(bodies, self._send(bodies), strict=True):
            for column, place in zip(found, places, strict=True):
                column.extend(find_values(answer, accept, place, sent.rows))
        return found

    def _choose_header(self, scores: list[Any]) -> str:
        headers = self._config.label_headers
        if headers is None or len(headers) != len(scores):
            raise BadData(
                f"the model answers {len(scores)} scores a row",
                remedy="Set predictor.label_headers to their labels.",
            )
        return headers[int(np.argmax(_read_scores(scores)))]

    def _apply_threshold(
        self, values: pd.Series, label: pd.Series, positive: Sequence[Scalar], threshold: float
    ) -> pd.Series:
        """Turn probabilities into labels; predicted labels and continuous predictions stay."""
        known = {_normalize(value) for value in label.dropna().unique()}
        numeric = pd.to_numeric(values, errors="coerce")
        if numeric.isna().any() or is_continuous(label, positive):
            return values
        if all(_normalize(value) in known for value in values.unique()):
            return values
        headers = self._config.label_headers
        if headers is not None and len(headers) == 1:
            others = [value for value in label.dropna().unique() if str(value) != headers[0]]
            other = str(others[0]) if others else f"not {headers[0]}"
            return pd.Series(np.where(numeric > threshold, headers[0], other))
        return (numeric > threshold).astype(int)


def _read_scores(value: Any) -> list[float]:
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
    numbers = _read_scores(scores)
    if len(numbers) != len(label):
        raise BadData(f"the model answers {len(label)} labels and {len(numbers)} scores")
    return label[int(np.argmax(numbers))]


def _normalize(value: object) -> str:
    try:
        return f"{float(str(value)):.17g}"
    except ValueError:
        return str(value)
