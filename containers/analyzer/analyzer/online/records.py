"""The records of a request, and the model's answer to each.

Source: Developer Guide, "Pre-check the model container": CSV and JSON Lines in and out. Scores of
several records may be in one line of CSV.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import Any

from analyzer.configuration.checked_fields import Column
from analyzer.configuration.json_paths import search
from analyzer.online.explainer_config import ExplainerConfig
from analyzer.predictor.response_values import parse_cell
from tandem.errors import BadData, Location, UnsupportedContentType

CSV, JSON_LINES = "text/csv", "application/jsonlines"
MEDIA_TYPES = (CSV, JSON_LINES)


@dataclass(frozen=True)
class Prediction:
    """The model's answer for one record: a list of the cells of CSV, or a JSON value."""

    content: Any

    def read_scores(self, place: Column | None) -> list[float]:
        """Return the scores at a place. Raises BadData when one is no number."""
        found = self.find(place, "probability")
        if isinstance(found, list) and len(found) == 1 and isinstance(found[0], list):
            found = found[0]
        try:
            return [float(score) for score in (found if isinstance(found, list) else [found])]
        except (TypeError, ValueError):
            raise BadData(
                f"the model's score is no number: {found!r}",
                remedy="Set InferenceConfig.ProbabilityIndex or ProbabilityAttribute to its place.",
            ) from None

    def find(self, place: Column | None, what: str) -> Any:
        """Return the value at a place, None for all of it. Raises BadData when nothing is there."""
        if place is None:
            if isinstance(self.content, dict):
                raise BadData(
                    "the model answers JSON objects, and the explainer does not know where the "
                    f"{what} is; the first has the fields {', '.join(self.content)}",
                    remedy="Set InferenceConfig.ProbabilityAttribute to a JMESPath.",
                )
            return self.content
        if isinstance(place, int):
            found = self.content[place] if place < len(self.content) else None
        else:
            found = search(place, self.content)
        if found is None:
            raise BadData(f"{place!r} finds no {what} in the model's answer")
        return found


def read_media_type(header: str | None, whose: str) -> str:
    """Return the media type of a header. Raises UnsupportedContentType for any other than two."""
    name = (header or "").partition(";")[0].strip().lower()
    if name not in MEDIA_TYPES:
        raise UnsupportedContentType(
            f"the explainer supports {' and '.join(MEDIA_TYPES)}, and the content type of {whose} "
            f"is {header or 'missing'}",
            remedy="Send ContentType and Accept of the two.",
        )
    return name


def read_records(text: str, media_type: str, config: ExplainerConfig) -> list[list[Any]]:
    """Return the features of each record: texts of CSV, values of JSON Lines.

    Raises BadData when there is none, or when a record has no list of features.
    """
    if media_type == CSV:
        rows = [row for row in csv.reader(io.StringIO(text)) if row]
    else:
        rows = [_find_features(line, config) for line in _read_lines(text, "the request")]
    if not rows:
        raise BadData("the body is empty", remedy="Send one record at least.")
    return rows


def read_baseline(config: ExplainerConfig, media_type: str) -> list[list[Any]]:
    """Return the rows of the baseline, with the kind of values that records of a type have."""
    rows = read_records(config.baseline, config.baseline_type, config)
    if config.baseline_type == media_type:
        return rows
    convert = parse_cell if media_type == JSON_LINES else str
    return [[convert(value) for value in row] for row in rows]


def read_predictions(text: str, media_type: str, count: int) -> list[Prediction]:
    """Return the model's answer to each of `count` records. Raises BadData for another number."""
    if media_type == JSON_LINES:
        found: list[Any] = _read_lines(text, "the model's answer")
    else:
        lines = csv.reader(io.StringIO(text))
        found = [[parse_cell(cell) for cell in line] for line in lines if line]
        if len(found) == 1 and count > 1 and len(found[0]) == count:
            found = [[cell] for cell in found[0]]
    if len(found) != count:
        raise BadData(f"the model answered {len(found)} records for {count}")
    return [Prediction(content) for content in found]


def _find_features(record: Any, config: ExplainerConfig) -> list[Any]:
    found = record if config.features is None else search(config.features, record)
    if not isinstance(found, list):
        raise BadData(
            "a record has no list of features",
            remedy="Set InferenceConfig.FeaturesAttribute to the JMESPath of the list.",
        )
    return found


def _read_lines(text: str, whose: str) -> list[Any]:
    values = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                values.append(json.loads(line))
            except ValueError:
                place = Location(row=number)
                raise BadData(f"{whose} is not JSON Lines: {line[:80]!r}", where=place) from None
    return values
