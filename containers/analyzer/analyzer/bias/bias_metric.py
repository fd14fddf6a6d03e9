"""One bias metric: its name, Clarify's description, and what its value means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from analyzer.bias.compared_groups import ComparedGroups


@dataclass(frozen=True)
class BiasMetric:
    """A bias metric. `meaning` says in one sentence what its value says about the facet."""

    name: str
    description: str
    meaning: str
    compute: Callable[[ComparedGroups], float]
