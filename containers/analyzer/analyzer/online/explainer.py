"""Kernel SHAP of one record at a time, in steps between which the platform asks the model.

`select` reads a request and the model's answer, and names the records to explain. `plan` gives the
requests with the synthetic data of one record, and `explain` turns the answers into attributions.
A step remembers nothing of the one before.

Source: Developer Guide, "Configure and create an endpoint" and "Invoke the endpoint" (online
explainability): the number of samples, and the fields of an explanation.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from analyzer.configuration.json_paths import search
from analyzer.explain.kernel_shap import (
    Coalitions,
    ObjectArray,
    attribute_scores,
    choose_samples,
    draw_coalitions,
    mix_rows,
)
from analyzer.explain.log_odds import to_log_odds
from analyzer.online.explainer_config import ExplainerConfig, check_expression
from analyzer.online.records import (
    CSV,
    Prediction,
    read_baseline,
    read_media_type,
    read_predictions,
    read_records,
)
from analyzer.predictor.request_bodies import fill_template, group_texts, write_csv_line
from tandem.data.arrays import FloatArray
from tandem.errors import BadData

Message = Mapping[str, Any]
_LOGIT_REMEDY = "Set ShapConfig.UseLogit to false, or InferenceConfig.ProbabilityIndex."


class Explainer:
    """Explains records of one endpoint."""

    def __init__(self, config: ExplainerConfig) -> None:
        """Read the baseline. Raises BadData when it is none."""
        self._config = config
        read_baseline(config, config.baseline_type)

    def select(self, message: Message) -> dict[str, Any]:
        """Return how many records a request has, and the records to explain with their scores.

        Raises BadData when request, answer and configuration do not fit.
        """
        config = self._config
        media_type = read_media_type(message["content_type"], "the request")
        answered = read_media_type(message["answer_type"], "the model's answer")
        rows = read_records(message["body"], media_type, config)
        predictions = read_predictions(message["answer"], answered, len(rows))
        expression = message.get("enable") or config.enable
        check_expression(expression, "EnableExplanations")
        self._check_width(rows, media_type)
        chosen = [
            {
                "index": index,
                "record": row,
                "scores": prediction.read_scores(config.probability.get(answered)),
            }
            for index, (row, prediction) in enumerate(zip(rows, predictions, strict=True))
            if _is_enabled(expression, prediction)
        ]
        labels = self._name_labels(predictions[0], answered)
        return {"count": len(rows), "selected": chosen} | ({"labels": labels} if labels else {})

    def plan(self, message: Message) -> dict[str, Any]:
        """Return the bodies of the requests for a record, and the seed that `explain` needs."""
        media_type = read_media_type(message["content_type"], "the request")
        seed = self._config.seed
        seed = secrets.randbits(32) if seed is None else seed
        record = message["record"]
        rows = mix_rows(
            to_row(record), self._make_baseline(media_type), self._draw(len(record), seed)
        )
        if media_type == CSV:
            texts = (write_csv_line(row) for row in rows)
        else:
            names = self._config.feature_headers or [str(place) for place in range(len(record))]
            template = self._config.content_template or "$features"
            texts = (fill_template(template, row, names) + "\n" for row in rows)
        limits = self._config.max_bytes, self._config.max_records
        bodies = list(group_texts(texts, "".join, *limits))
        return {
            "requests": [body.content.decode() for body in bodies],
            "rows": [body.rows for body in bodies],
            "seed": seed,
        }

    def explain(self, message: Message) -> dict[str, Any]:
        """Return the explanation of a record, given the answers to the requests of its plan."""
        config, record = self._config, message["record"]
        answered = read_media_type(message["answer_type"], "the model's answer")
        place = config.probability.get(answered)
        scores = [
            prediction.read_scores(place)
            for answer, rows in zip(message["answers"], message["rows"], strict=True)
            for prediction in read_predictions(answer, answered, rows)
        ]
        coalitions = self._draw(len(record), message["seed"])
        own, synthetic = self._scale([message["scores"]]), self._scale(scores)
        if own.shape[1] != synthetic.shape[1]:
            raise BadData(
                f"the model answers {synthetic.shape[1]} scores for synthetic records, and "
                f"{own.shape[1]} for the request"
            )
        values = attribute_scores(coalitions, synthetic, own[0])
        features: list[dict[str, Any]] = [
            {"attributions": [{"attribution": value.tolist()}]} for value in values
        ]
        if config.feature_headers is not None:
            named = zip(config.feature_headers, features, strict=True)
            features = [{"feature_header": header} | feature for header, feature in named]
        return {"explanation": features}

    def _draw(self, features: int, seed: int) -> Coalitions:
        samples = self._config.samples
        budget = choose_samples(features) if samples is None else samples
        return draw_coalitions(features, budget, np.random.default_rng(seed % 2**63))

    def _make_baseline(self, media_type: str) -> ObjectArray:
        return np.stack([to_row(row) for row in read_baseline(self._config, media_type)])

    def _scale(self, scores: Sequence[Sequence[float]]) -> FloatArray:
        if len({len(row) for row in scores}) > 1:
            raise BadData("the model answers different numbers of scores")
        numbers = np.array(scores, dtype=np.float64)
        return (
            to_log_odds(numbers, "UseLogit", _LOGIT_REMEDY) if self._config.use_logit else numbers
        )

    def _check_width(self, rows: Sequence[Sequence[object]], media_type: str) -> None:
        """Raise BadData when a record, the baseline and the headers differ in length."""
        baseline = read_baseline(self._config, media_type)
        headers = self._config.feature_headers
        widths = {"ShapBaseline": {len(row) for row in baseline}}
        if headers is not None:
            widths["FeatureHeaders"] = {len(headers)}
        for number, row in enumerate(rows, start=1):
            for name, known in widths.items():
                if known != {len(row)}:
                    counts = " or ".join(str(count) for count in sorted(known))
                    raise BadData(
                        f"record {number} has {len(row)} features, and {name} has {counts}",
                        remedy="Send the features alone, without the label.",
                    )

    def _name_labels(self, prediction: Prediction, answered: str) -> list[str]:
        place = self._config.label.get(answered)
        if self._config.label_headers is not None:
            return list(self._config.label_headers)
        if place is None:
            return []
        found = prediction.find(place, "label")
        return [str(label) for label in found] if isinstance(found, list) else []


def to_row(values: Sequence[Any]) -> ObjectArray:
    """Return values as an array of shape (features,) that keeps their types."""
    row = np.empty(len(values), dtype=object)
    row[:] = values
    return row


def _is_enabled(expression: str, prediction: Prediction) -> bool:
    found = search(expression, prediction.content)
    if not isinstance(found, bool):
        raise BadData(
            f"EnableExplanations is neither true nor false: {expression!r} of the answer "
            f"{str(prediction.content)[:80]} is {found!r}",
            remedy="Send a condition, as in [0]>`0.5`.",
        )
    return found
