"""Policies for unusual values: those requested for each column, and its values in training."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from preprocessor.hyperparameters import POLICIES
from preprocessor.recipe.step_chains import AppliedStep, StepChain
from preprocessor.transforms.options import RecipeAddress, read_option
from tandem.contract.hyperparameters import Hyperparameter, HyperparameterValues
from tandem.data.schema.policies import ERROR, MISSING, Policy
from tandem.data.summaries.column_summary import ColumnSummary as Summary
from tandem.data.unusual_counts import MISSING_COLUMN, OUT_OF_RANGE, UNPARSABLE, UNSEEN

Wish = tuple[Mapping[str, object], RecipeAddress]
SeenValues = tuple[float, float] | tuple[str, ...] | None

# A column of more categories is not remembered: its new ones are nothing unusual.
MOST = 10_000
# The policies that each type of column has.
FITTING: Mapping[str, tuple[str, ...]] = {
    "number": (OUT_OF_RANGE, MISSING_COLUMN, UNPARSABLE),
    "category": (UNSEEN, MISSING_COLUMN),
    "datetime": (MISSING_COLUMN, UNPARSABLE),
    "boolean": (MISSING_COLUMN, UNPARSABLE),
}
# The types whose first step reads texts: that step, and its option for those it cannot read.
READING: Mapping[str, tuple[str, str]] = {
    "datetime": ("parse", "unparsable"),
    "boolean": ("truth", "unknown"),
}
_ALWAYS = (MISSING_COLUMN,)


def list_policies(kind: str) -> tuple[str, ...]:
    """Return the names of the policies that a column type has."""
    return FITTING.get(kind, _ALWAYS)


def split_policies(
    wishes: list[Wish], values: HyperparameterValues, kind: str
) -> tuple[list[Wish], dict[str, str]]:
    """Split the requested treatments of a column into treatments and policies.

    Raises UserError, with its location, when the type does not have a policy, when a policy is
    unknown, or when it is requested twice.
    """
    rules: Iterable[Hyperparameter[Any]] = POLICIES
    defaults = {
        p.name: values[p] or _choose_default(kind) for p in rules if p.name in list_policies(kind)
    }
    requested: dict[str, str] = {}
    rest: list[Wish] = []
    for wish, address in wishes:
        for policy in POLICIES:
            if wish.get(policy.name) is not None:
                place = address.child(policy.name)
                if policy.name not in defaults:
                    raise place.error(f"is no policy of a {kind}")
                rule = str(read_option(policy, wish[policy.name], place))
                if requested.setdefault(policy.name, rule) != rule:
                    raise place.error("is asked for twice", "A column has one policy of a kind")
        names = {policy.name for policy in POLICIES}
        rest.append(({k: v for k, v in wish.items() if k not in names}, address))
    return rest, defaults | requested


def _choose_default(kind: str) -> str:
    """Return the default for unparsable texts: missing for dates and booleans, else an error."""
    return MISSING if kind in READING else ERROR


def enforce_errors(
    treatments: tuple[StepChain, ...], rules: dict[str, str], kind: str
) -> tuple[tuple[StepChain, ...], dict[str, str]]:
    """Return treatments and policies made strict together when either rejects unparsable texts."""
    if kind not in READING or not rules:
        return treatments, rules
    step, option = READING[kind]
    requested = [a.options[option] for chain in treatments for a in chain.steps if a.step == step]
    if ERROR not in (rules[UNPARSABLE], *requested):
        return treatments, rules
    strict = tuple(
        replace(chain, steps=tuple(_make_strict(applied, step, option) for applied in chain.steps))
        for chain in treatments
    )
    return strict, rules | {UNPARSABLE: ERROR}


def _make_strict(applied: AppliedStep, step: str, option: str) -> AppliedStep:
    if applied.step != step:
        return applied
    return replace(applied, options={**applied.options, option: ERROR})


def is_complete(kind: str, summary: Summary) -> bool:
    """Return whether a column has a value in every training row."""
    if kind == "number":
        numbers = summary.numbers()
        return numbers is not None and len(numbers) == summary.rows
    return not summary.missing


def summarize_values(kind: str, summary: Summary) -> SeenValues:
    """Return minimum and maximum of a number, or the categories; None for other types."""
    if kind == "number":
        numbers = summary.numbers()
        return (numbers.low, numbers.high) if numbers is not None and len(numbers) else None
    if kind == "category" and summary.exact and summary.distinct <= MOST:
        return tuple(sorted(summary.counts))
    return None


def build_policy(
    kind: str, rules: Mapping[str, str], seen: SeenValues, *, complete: bool
) -> Policy:
    """Return the policy of a schema field; `complete`: training had no missing value."""
    if seen is None:
        return Policy(rules, complete=complete)
    if kind == "number":
        low, high = seen
        return Policy(rules, low=float(low), high=float(high), complete=complete)
    categories: tuple[str | None, ...] = tuple(map(str, seen))
    if not complete:
        categories = (None, *categories)
    return Policy(rules, known=frozenset(categories), complete=complete)
