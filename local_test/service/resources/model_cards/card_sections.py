"""A model card as sections of rows: what its page, its PDF and its HTML show."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

_TITLES = {
    "model_overview": "Model overview",
    "model_package_details": "Model package",
    "intended_uses": "Intended uses",
    "business_details": "Business details",
    "training_details": "Training details",
    "evaluation_details": "Evaluation details",
    "additional_information": "Additional information",
}
Rows = list[tuple[str, str]]


@dataclass(frozen=True)
class CardSection:
    """A heading with its level below the card's title, and rows of a label and a text."""

    title: str
    level: int = 1
    rows: Rows = field(default_factory=list)


def list_sections(content: Mapping[str, Any]) -> list[CardSection]:
    """Return the sections of a card's content in the order of a card, those that it has."""
    return [
        section
        for part, title in _TITLES.items()
        if content.get(part)
        for section in _list_part(part, title, content[part])
    ]


def _list_part(part: str, title: str, value: Any) -> Iterator[CardSection]:
    if part != "evaluation_details":
        yield CardSection(title, rows=list(_list_rows(value)))
        return
    yield CardSection(title)
    for evaluation in value:
        plain = {name: evaluation[name] for name in evaluation if name not in _OF_EVALUATION}
        yield CardSection(evaluation["name"], 2, list(_list_rows(plain)))
        for group in evaluation.get("metric_groups", ()):
            rows = [(metric["name"], _format_metric(metric)) for metric in group["metric_data"]]
            yield CardSection(group["name"], 3, rows)


_OF_EVALUATION = ("name", "metric_groups")


def _list_rows(value: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield labels and texts of all values; those of inner objects have the path as their label."""
    for name, inner in value.items():
        label = f"{prefix}{name.replace('_', ' ')}"
        if isinstance(inner, Mapping):
            yield from _list_rows(inner, f"{label}: ")
        elif isinstance(inner, list):
            yield label, "\n".join(map(_format_entry, inner))
        else:
            yield label, _format_plain(inner)


def _format_entry(entry: Any) -> str:
    if isinstance(entry, Mapping) and "name" in entry:
        notes = f" ({entry['notes']})" if entry.get("notes") else ""
        return f"{entry['name']} = {_format_plain(entry.get('value', ''))}{notes}"
    if isinstance(entry, Mapping):
        return ", ".join(text for _, text in _list_rows(entry))
    return _format_plain(entry)


def _format_metric(metric: Mapping[str, Any]) -> str:
    axes = [metric[axis] for axis in ("x_axis_name", "y_axis_name") if metric.get(axis)]
    notes = [metric["notes"]] if metric.get("notes") else []
    return "\n".join([_format_plain(metric["value"]), *map(_format_plain, axes), *map(str, notes)])


def _format_plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    return value if isinstance(value, str) else json.dumps(value)
