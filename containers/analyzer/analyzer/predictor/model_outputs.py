"""Predictions of a model: scores to explain, and labels to compare."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from analyzer.bias.column_selection import Scalar
from analyzer.configuration.predictor_config import PredictorConfig
from analyzer.explain.kernel_shap import ObjectArray
from analyzer.predictor.own_explanations import OwnExplanations, read_explanations
from analyzer.predictor.predicted_labels import LabelRule, read_scores
from analyzer.predictor.request_bodies import RequestBody, write_bodies
from analyzer.predictor.response_values import find_values
from tandem.data.arrays import FloatArray

# Sends requests and returns the body of each response.
Send = Callable[[Sequence[RequestBody]], Sequence[bytes]]


class ModelOutputs:
    """The outputs of a model for rows of features, whose columns have `names`."""

    def __init__(self, config: PredictorConfig, names: Sequence[str], send: Send) -> None:
        self.config = config
        self.names = list(names)
        self._send = send

    def score_rows(self, rows: ObjectArray) -> FloatArray:
        """Return the scores of rows, shape (rows, outputs). Raises BadData when one is no number.

        A score is what `probability` locates, else `label`, else the whole response.
        """
        config = self.config
        place = config.label if config.probability is None else config.probability
        (values,) = self._ask(rows, [place])
        return np.array([read_scores(value) for value in values], dtype=np.float64)

    def predict_labels(
        self, rows: ObjectArray, label: pd.Series, positive: Sequence[Scalar], threshold: float
    ) -> pd.Series:
        """Return the predicted label of each row, comparable with `label`.

        Raises BadData when the response has several scores and no label headers.
        """
        config = self.config
        places = [place for place in (config.label, config.probability) if place is not None]
        columns = self._ask(rows, places or [None])
        rule = LabelRule(config.label_headers, threshold)
        return rule.choose_labels(columns, label, positive)

    def explain_rows(self, rows: ObjectArray) -> OwnExplanations:
        """Return the attributions that the model itself answers to `output=explanation`.

        Raises BadData when it answers without them.
        """
        given = self.config.custom_attributes
        asked = ";".join(filter(None, (given, "output=explanation")))
        parameters = {"CustomAttributes": asked, "Accept": "application/json"}
        bodies = [
            replace(body, parameters=parameters)
            for body in write_bodies(self.config, rows, self.names)
        ]
        answers = zip(bodies, self._send(bodies), strict=True)
        return read_explanations([(answer, body.rows) for body, answer in answers], self.names)

    def name_outputs(self, outputs: int) -> list[str]:
        """Return a name for each output: the label headers, or label0, label1 and so on."""
        headers = self.config.label_headers
        if headers is not None and len(headers) == outputs:
            return list(headers)
        return [f"label{number}" for number in range(outputs)]

    def _ask(self, rows: ObjectArray, places: Sequence[Any]) -> list[list[Any]]:
        bodies = list(write_bodies(self.config, rows, self.names))
        accept = self.config.accept_type or "text/csv"
        found: list[list[Any]] = [[] for _ in places]
        for sent, answer in zip(bodies, self._send(bodies), strict=True):
            for column, place in zip(found, places, strict=True):
                column.extend(find_values(answer, accept, place, sent.rows))
        return found
