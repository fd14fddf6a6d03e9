"""Results of parts in their order, merged into one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any


def merge_pairwise(nodes: Sequence[Any], merge: Callable[[Any, Any], Any]) -> Any:
    """Merge neighbours until one is left; this keeps the order, and depth is logarithmic."""
    while len(nodes) > 1:
        pairs = [nodes[at : at + 2] for at in range(0, len(nodes), 2)]
        nodes = [merge(*pair) if len(pair) == 2 else pair[0] for pair in pairs]
    return nodes[0]
