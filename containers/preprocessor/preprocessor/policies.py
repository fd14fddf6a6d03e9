"""Policies for unusual values: what is asked for each column, and what training saw of it."""

from __future__ import annotations

from collections.abc import Mapping

from preprocessor.hyperparameters import POLICIES
from preprocessor.options import Address, read
from preprocessor.summaries.columns import Column as Summary
from tandem.data.counts import MISSING_COLUMN, OUT_OF_RANGE, UNPARSABLE, UNSEEN
from tandem.data.policies import Policy
from tandem.hyperparameters import Values

Wish = tuple[Mapping[str, object], Address]
Seen = tuple[float, float] | tuple[str, ...] | None

# A column of more categories is not remembered: its new ones are nothing unusual.
MOST = 10_000
# The policies that each type of column has.
FITTING: Mapping[str, tuple[str, ...]] = {
    "number": (OUT_OF_RANGE, MISSING_COLUMN, UNPARSABLE),
    "category": (UNSEEN, MISSING_COLUMN),
}
_ALWAYS = (MISSING_COLUMN,)


def of_type(kind: str) -> tuple[str, ...]:
    """Name the policies a type of column has."""
    return FITTING.get(kind, _ALWAYS)


def taken(wishes: list[Wish], values: Values, kind: str) -> tuple[list[Wish], dict[str, str]]:
    """Divide what is asked for a column of a type into its treatments and its policies.

    Raises UserError, with its place, for a policy the type does not have, that does not exist, or
    that is asked for twice.
    """
    found = {p.name: values[p] for p in POLICIES if p.name in of_type(kind)}
    given: dict[str, str] = {}
    rest: list[Wish] = []
    for wish, address in wishes:
        for policy in POLICIES:
            if wish.get(policy.name) is not None:
                place = address.at(policy.name)
                if policy.name not in found:
                    raise place.error(f"is no policy of a {kind}")
                rule = str(read(policy, wish[policy.name], place))
                if given.setdefault(policy.name, rule) != rule:
                    raise place.error("is asked for twice", "A column has one policy of a kind")
        names = {policy.name for policy in POLICIES}
        rest.append(({k: v for k, v in wish.items() if k not in names}, address))
    return rest, found | given


def seen(kind: str, summary: Summary) -> Seen:
    """Give what training saw: least and greatest number, or the categories; None where neither."""
    if kind == "number":
        numbers = summary.numbers()
        return (numbers.low, numbers.high) if numbers is not None and len(numbers) else None
    if kind == "category" and summary.exact and summary.distinct <= MOST:
        return tuple(sorted(summary.counts))
    return None


def policy(kind: str, rules: Mapping[str, str], known: Seen) -> Policy:
    """Give what a schema needs of a column."""
    if known is None:
        return Policy(rules)
    if kind == "number":
        low, high = known
        return Policy(rules, low=float(low), high=float(high))
    return Policy(rules, known=frozenset((None, *map(str, known))))
