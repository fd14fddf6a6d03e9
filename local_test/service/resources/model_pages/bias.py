"""The bias metrics of a model's newest analysis that has some, as rows of a table.

Source: Developer Guide, "Analysis Results".
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local_test.service.resources.model_pages.analyses import Analysis

_SECTIONS = {
    "pre_training_bias_metrics": "of the labels",
    "post_training_bias_metrics": "of the predictions",
}


@dataclass(frozen=True)
class BiasRow:
    """A metric of one group of a facet; `value` is "" where it is undefined, and `note` why."""

    facet: str
    group: str
    stage: str
    name: str
    description: str
    value: str
    note: str


@dataclass(frozen=True)
class BiasTable:
    """The metrics of one analysis, with the label whose outcome they compare."""

    label: str
    outcome: str
    rows: Sequence[BiasRow]
    analysis: Analysis


def find_bias(analyses: Sequence[Analysis]) -> list[BiasTable]:
    """Return the table of the newest analysis with metrics of each stage, [] without any."""
    found, missing = [], dict(_SECTIONS)
    for analysis in analyses:
        sections = {
            field: analysis.content[field]
            for field in missing
            if isinstance(analysis.content.get(field), dict)
        }
        rows = [row for field, section in sections.items() for row in _list_rows(section, field)]
        if rows:
            first = next(iter(sections.values()))
            label = str(first.get("label", ""))
            outcome = str(first.get("label_value_or_threshold", ""))
            found.append(BiasTable(label, outcome, rows, analysis))
            missing = {field: text for field, text in missing.items() if field not in sections}
    return found


def _list_rows(section: Mapping[str, Any], field: str) -> Iterator[BiasRow]:
    for facet, groups in section.get("facets", {}).items():
        for group in groups:
            for metric in group["metrics"]:
                value, name = metric.get("value"), str(metric["name"])
                yield BiasRow(
                    str(facet),
                    str(group["value_or_threshold"]),
                    _SECTIONS[field],
                    name,
                    str(metric.get("description", "")).removesuffix(f" ({name})"),
                    f"{value:.4g}" if isinstance(value, int | float) else str(value or ""),
                    str(metric.get("error", "")).removeprefix(f"{name}: "),
                )
