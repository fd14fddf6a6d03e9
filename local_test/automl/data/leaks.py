"""Columns that would spoil a search: identifiers, copies of the target, its shadows."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from local_test.automl.data.profile import ColumnProfile, Profile, parse_numbers
from local_test.automl.data.tabular_file import TabularFile

_ALMOST, _STRAIGHT = 0.98, 0.99999
_FEW_ROWS = 50
_GROUP, _MANY_VALUES = 5, 20


class LeakKind(StrEnum):
    """What is wrong with a column."""

    IDENTIFIER = "identifier"
    COPY = "copy of the target"
    PREDICTOR = "near-perfect predictor"
    ORDER = "order of rows"
    EMPTY = "empty or constant"


@dataclass(frozen=True)
class LeakFinding:
    """A finding about a column; a column that is `dropped` is not used by any candidate."""

    column: str
    kind: LeakKind
    dropped: bool
    sentence: str


def find_leaks(data: TabularFile, profile: Profile, kept: Sequence[str] = ()) -> list[LeakFinding]:
    """Return the findings of all columns; columns named in `kept` are reported and not dropped."""
    labels = data.read_texts(profile.target)
    findings = []
    for column in profile.columns:
        if column.name == profile.target:
            continue
        found = _check_column(column, data.read_texts(column.name), labels, profile)
        if found is not None:
            kind, dropped, sentence = found
            dropped = dropped and column.name not in kept
            findings.append(LeakFinding(column.name, kind, dropped, sentence))
    return findings


def _check_column(
    column: ColumnProfile, texts: Sequence[str], labels: Sequence[str], profile: Profile
) -> tuple[LeakKind, bool, str] | None:
    if column.distinct < 2:
        return LeakKind.EMPTY, True, "it has no two different values"
    if _determines(texts, labels) and _determines(labels, texts):
        return LeakKind.COPY, True, "each of its values belongs to one value of the target"
    many = column.rows >= _FEW_ROWS
    if many and not profile.problem.has_classes and _correlate(texts, labels) > _STRAIGHT:
        return LeakKind.COPY, True, "it follows the target, value by value"
    if _is_identifier(column, texts):
        return LeakKind.IDENTIFIER, True, "unique in every row, in the form of a number"
    return _check_use(texts, _measure(column, texts, labels, profile)) if many else None


def _check_use(texts: Sequence[str], strength: float) -> tuple[LeakKind, bool, str] | None:
    if strength > _ALMOST:
        share = f"it alone explains {strength:.2%} of the target"
        sentence = f"{share}: is it known before the prediction?"
        return LeakKind.PREDICTOR, False, sentence
    if _is_sorted(texts):
        return LeakKind.ORDER, False, "the rows are sorted by it: if it is time, split by it"
    return None


def _is_identifier(column: ColumnProfile, texts: Sequence[str]) -> bool:
    """Return whether whole numbers or single words differ in every row, as identifiers do."""
    if column.distinct != column.rows or column.rows < _FEW_ROWS:
        return False
    if not column.is_number:
        return not any(" " in text for text in texts)
    values = parse_numbers(texts)
    if (values != np.floor(values)).any():
        return False
    steps = np.diff(values)
    named = column.name.lower().endswith("id") or column.name.lower() in {"index", "key", "row"}
    return named or bool((steps == steps[0]).all())


def _determines(texts: Sequence[str], labels: Sequence[str]) -> bool:
    """Return whether each text, repeated often enough to tell, has one label."""
    seen: dict[str, str] = {}
    for text, label in zip(texts, labels, strict=True):
        if seen.setdefault(text, label) != label:
            return False
    return _GROUP * len(seen) <= len(texts)


def _correlate(texts: Sequence[str], labels: Sequence[str]) -> float:
    values, targets = parse_numbers(texts), parse_numbers(labels)
    there = ~(np.isnan(values) | np.isnan(targets))
    if there.sum() < _FEW_ROWS or values[there].std() == 0 or targets[there].std() == 0:
        return 0.0
    return abs(float(np.corrcoef(values[there], targets[there])[0, 1]))


def _measure(
    column: ColumnProfile, texts: Sequence[str], labels: Sequence[str], profile: Profile
) -> float:
    """Return the share of the target that the column alone explains, from 0 to 1."""
    if not profile.problem.has_classes:
        return _correlate(texts, labels) ** 2 if column.is_number else 0.0
    if column.is_number and column.distinct > _MANY_VALUES:
        return _separate(texts, labels)
    if _GROUP * column.distinct > column.rows:
        return 0.0
    groups: dict[str, Counter[str]] = defaultdict(Counter)
    for text, label in zip(texts, labels, strict=True):
        groups[text][label] += 1
    right = sum(count.most_common(1)[0][1] for count in groups.values())
    base = Counter(labels).most_common(1)[0][1]
    return (right - base) / (len(labels) - base)


def _separate(texts: Sequence[str], labels: Sequence[str]) -> float:
    """Return how well ranges of a number tell the classes: rows whose neighbour has their class."""
    values = parse_numbers(texts)
    order = np.argsort(values, kind="stable")
    sorted_labels = np.array(labels)[order]
    changes = int((sorted_labels[1:] != sorted_labels[:-1]).sum())
    least = len(set(labels)) - 1
    others = len(labels) - Counter(labels).most_common(1)[0][1]
    return 1 - max(changes - least, 0) / max(others, 1)


def _is_sorted(texts: Sequence[str]) -> bool:
    there = [text for text in texts if text]
    values = parse_numbers(there)
    if np.isnan(values).any():
        return len(set(there)) > _MANY_VALUES and there == sorted(there) and _looks_dated(there[0])
    return len(set(there)) > _MANY_VALUES and bool((np.diff(values) >= 0).all())


def _looks_dated(text: str) -> bool:
    return len(text) >= len("2024-01-31") and text[:4].isdecimal() and not text[4].isalnum()
