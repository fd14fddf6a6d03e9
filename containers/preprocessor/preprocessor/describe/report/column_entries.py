"""One line of the report for each input column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from preprocessor.describe.report import column_charts
from preprocessor.infer import remarks
from preprocessor.infer.remarks import LEFT_OUT
from preprocessor.recipe.definition import Column, Recipe
from preprocessor.recipe.step_chains import StepChain
from tandem.baseline.column_profile import ColumnProfile

# From this share on, a column says little.
_MOSTLY = 0.5
_KINDS = {
    "Integral": "whole number",
    "Fractional": "number",
    "String": "text",
    "Unknown": "empty",
}
# Steps whose name and option say too little to who has not read docs/recipe.md.
_STEPS = {"missing own": "missing is a category", "onehot": "one-hot"}


@dataclass(frozen=True)
class ColumnEntry:
    """A line of the report: type, values, treatment with its reason, and features of a column."""

    name: str
    kind: str
    values: str
    picture: Markup | None
    missing: float
    treatment: str
    reason: str
    features: Sequence[str]

    @property
    def left_out(self) -> bool:
        """Whether the column becomes no feature."""
        return not self.treatment


def list_entries(recipe: Recipe, inputs: Sequence[ColumnProfile]) -> list[ColumnEntry]:
    """Return the entries of a fitted recipe, in the order of its columns."""
    features = _group_features(recipe)
    return [
        _build_entry(column, profile, features[column.name])
        for column, profile in zip(recipe.columns, inputs, strict=True)
    ]


def list_remarks(entries: Sequence[ColumnEntry], recipe: Recipe) -> list[tuple[str, str]]:
    """Return the remarks on a fitted recipe and its entries, as (column, sentence)."""
    derived = [(remark.column, remark.sentence) for remark in remarks.list_recipe_remarks(recipe)]
    explained = {name for name, sentence in derived if sentence.startswith(LEFT_OUT)}
    left_out = [
        (entry.name, f"{LEFT_OUT} {entry.reason}")
        for entry in entries
        if entry.left_out and entry.name not in explained
    ]
    sparse = [
        (entry.name, f"is missing in {column_charts.format_share(entry.missing, 1)} of the rows")
        for entry in sorted(entries, key=lambda entry: -entry.missing)
        if entry.missing > _MOSTLY and not entry.left_out
    ]
    saved = [(remark.column, remark.sentence) for remark in remarks.list_saved_remarks(recipe)]
    return [*derived, *left_out, *saved, *sparse]


def _build_entry(column: Column, profile: ColumnProfile, features: Sequence[str]) -> ColumnEntry:
    as_texts = bool(column.treatments) and column.treatments[0].field == "text"
    shown = column_charts.draw_column(profile, as_texts=as_texts)
    return ColumnEntry(
        name=column.name,
        kind=_KINDS[profile.inferred_type],
        values=shown.text,
        picture=shown.picture,
        missing=profile.absent / max(1, profile.rows),
        treatment="; ".join(map(_describe_chain, column.treatments)),
        reason=column.reason if column.treatments else f"{column.type}: {column.reason}",
        features=features,
    )


def _describe_chain(chain: StepChain) -> str:
    steps = map(str, chain.steps)
    return ", ".join(_STEPS.get(step, step) for step in steps) or str(chain)


def _group_features(recipe: Recipe) -> dict[str, list[str]]:
    features: dict[str, list[str]] = {column.name: [] for column in recipe.columns}
    for feature, columns in zip(recipe.features, recipe.sources, strict=True):
        for column in columns:
            features[column].append(feature)
    return features
