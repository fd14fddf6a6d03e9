"""Small SVG bar charts for a table row: how often each value occurs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup, escape


class Size(NamedTuple):
    """The size of a chart in points."""

    width: int
    height: int


SMALL, LARGE = Size(168, 36), Size(420, 110)
_GAP = 0.15
# What is there at all can be seen.
_LEAST = 1.0


def draw_bars(counts: Sequence[int], label: str, size: Size = SMALL) -> Markup:
    """Draw a bar for each count, the largest as high as the chart."""
    width, height = size
    step = width / max(1, len(counts))
    highest = max(counts, default=0) or 1
    thick = step * (1 - _GAP)
    parts = []
    for number, count in enumerate(counts):
        if count:
            high = max(_LEAST, height * count / highest)
            parts.append(f"M{step * number:.4g},{height}v-{high:.3g}h{thick:.3g}v{high:.3g}z")
    return Markup(  # noqa: S704 - the label is escaped, all else are numbers
        f'<svg class="bars" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(label)}">'
        f'<title>{escape(label)}</title><path class="rest" d="M0,{height}h{width}"/>'
        f'<path d="{"".join(parts)}"/></svg>'
    )
