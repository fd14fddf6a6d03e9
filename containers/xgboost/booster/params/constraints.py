"""Monotone and interaction constraints: how their text is read, and how XGBoost wants them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from tandem.contract.value_types import Kind
from tandem.errors import UserError, did_you_mean

Directions = tuple[int, ...] | Mapping[str, int]
Groups = tuple[tuple[int | str, ...], ...]
_DIRECTIONS = {-1, 0, 1}


def monotone() -> Kind[Directions]:
    """Return the type of `(1,0,-1)`, one sign a feature, or of `{"feature": 1}`."""

    def parse(text: str) -> Directions:
        stripped = text.strip()
        if stripped.startswith("{"):
            named = json.loads(stripped)
            if not set(named.values()) <= _DIRECTIONS:
                raise ValueError(text)
            return {str(name): int(sign) for name, sign in named.items()}
        signs = tuple(int(part) for part in stripped.strip("()[] ").split(",") if part.strip())
        if not signs or not set(signs) <= _DIRECTIONS:
            raise ValueError(text)
        return signs

    return Kind('list of -1, 0 or 1 as (1,0,-1), or a JSON object as {"feature": 1}', parse)


def interaction() -> Kind[Groups]:
    """Return the type of `[[0,1],[2,3]]`: groups of features, by position or by name."""

    def parse(text: str) -> Groups:
        groups = json.loads(text)
        if not isinstance(groups, list) or not groups or not all(map(_is_group, groups)):
            raise ValueError(text)
        return tuple(tuple(group) for group in groups)

    return Kind("JSON list of lists of features, as [[0,1],[2,3]]", parse)


def _is_group(group: object) -> bool:
    return (
        isinstance(group, list)
        and bool(group)
        and all(isinstance(m, int | str) and not isinstance(m, bool) for m in group)
    )


def format_monotone(directions: Directions, names: Sequence[str] | None, width: int) -> str:
    """Format monotone constraints for XGBoost. Raises UserError when a feature does not exist."""
    if isinstance(directions, Mapping):
        signs = [0] * width
        for name, sign in directions.items():
            signs[_find_position(name, names, "monotone_constraints")] = sign
        directions = tuple(signs)
    if len(directions) != width:
        raise UserError(
            f"hyperparameter 'monotone_constraints' has {len(directions)} signs, and there are"
            f" {width} features",
            remedy="Give one sign for each feature, 0 where it is free",
        )
    return f"({','.join(map(str, directions))})"


def format_interaction(groups: Groups, names: Sequence[str] | None, width: int) -> str:
    """Format interaction constraints for XGBoost. Raises UserError when a feature is unknown."""
    positions = [[_resolve_member(member, names, width) for member in group] for group in groups]
    return json.dumps(positions)


def _resolve_member(member: int | str, names: Sequence[str] | None, width: int) -> int:
    if isinstance(member, str):
        return _find_position(member, names, "interaction_constraints")
    if not 0 <= member < width:
        raise UserError(
            f"hyperparameter 'interaction_constraints' names feature {member}, and there are"
            f" {width} features, counted from 0"
        )
    return member


def _find_position(name: str, names: Sequence[str] | None, hyperparameter: str) -> int:
    if names is None:
        raise UserError(
            f"hyperparameter '{hyperparameter}' names {name!r}, and the data has no feature names",
            remedy="Name features by position, counted from 0",
        )
    if name not in names:
        hint = did_you_mean(name, names)
        raise UserError(
            f"hyperparameter '{hyperparameter}' names {name!r}, which is no feature"
            + (f"; {hint}" if hint else "")
        )
    return list(names).index(name)
