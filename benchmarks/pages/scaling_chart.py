"""Speedup over hosts as SVG, for light and dark pages."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from benchmarks.hosts.scaling_model import Job, Machine

MOST = 64
_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 860, 400, 60, 250, 24, 52
_STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1c2330 } .soft { fill: #5b6575; font-size: 12px }
  .rule { stroke: #dfe3e9 } .ideal { stroke: #8a94a3; stroke-dasharray: 4 4 }
  polyline { fill: none; stroke-width: 2 } .middle { text-anchor: middle } .end { text-anchor: end }
  .s0 { stroke: #8a94a3 } .s1 { stroke: #9dbfea } .s2 { stroke: #5b93d9 } .s3 { stroke: #1f58a5 }
  .dot { fill: #c2410c; stroke: none }
  @media (prefers-color-scheme: dark) {
    text { fill: #e8ebf0 } .soft { fill: #9aa5b5 } .rule { stroke: #2c3440 }
    .s1 { stroke: #2f5687 } .s2 { stroke: #4d86cc } .s3 { stroke: #9cc6ff } .dot { fill: #fb923c } }
"""


@dataclass(frozen=True)
class Line:
    """A curve by the model, and what was measured of it as (hosts, speedup)."""

    name: str
    machine: Machine
    job: Job
    dots: Sequence[tuple[int, float]] = ()


def draw_chart(lines: Sequence[Line]) -> str:
    """Draw the lines over 1 to 64 hosts, both axes in powers of two."""
    parts = "\n".join([*_draw_grid(), *_draw_curves(lines)])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img"'
        f' aria-label="How many times as fast a round of training is on 1 to {MOST} hosts">\n'
        f"<style>{_STYLE}</style>\n{parts}\n</svg>\n"
    )


def _x(hosts: float) -> float:
    return _LEFT + math.log2(hosts) / math.log2(MOST) * (_WIDTH - _LEFT - _RIGHT)


def _y(speedup: float) -> float:
    share = (math.log2(max(speedup, 0.5)) + 1) / (math.log2(MOST) + 1)
    return _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)


def _draw_grid() -> Iterator[str]:
    left, right, bottom = _x(1), _x(MOST), _y(0.5)
    for power in range(-1, int(math.log2(MOST)) + 1):
        at = 2.0**power
        yield f'<line class="rule" x1="{left}" x2="{right}" y1="{_y(at):.1f}" y2="{_y(at):.1f}"/>'
        yield f'<text class="soft end" x="{left - 8}" y="{_y(at) + 4:.1f}">{at:g}</text>'
        if power >= 0:
            yield f'<text class="soft middle" x="{_x(at):.1f}" y="{bottom + 18:.1f}">{at:g}</text>'
    yield f'<line class="ideal" x1="{left}" x2="{right}" y1="{_y(1):.1f}" y2="{_y(MOST):.1f}"/>'
    yield f'<text class="middle" x="{(left + right) / 2}" y="{_HEIGHT - 10}">hosts</text>'
    yield f'<text class="soft" x="8" y="{_TOP - 8}">times as fast as one host</text>'
    yield f'<text class="soft" x="{right + 10}" y="{_y(MOST) + 4:.1f}">in proportion</text>'


def _draw_curves(lines: Sequence[Line]) -> Iterator[str]:
    for number, line in enumerate(lines):
        found = [(n, line.machine.estimate_speedup(line.job, n)) for n in range(1, MOST + 1)]
        points = " ".join(f"{_x(n):.1f},{_y(value):.1f}" for n, value in found)
        name, high = escape(line.name), _TOP + 40 + 22 * number
        yield f'<polyline class="s{number}" points="{points}"><title>{name}</title></polyline>'
        yield f'<polyline class="s{number}" points="{_WIDTH - 236},{high} {_WIDTH - 212},{high}"/>'
        yield f'<text x="{_WIDTH - 204}" y="{high + 4}">{name}</text>'
        for hosts, speedup in line.dots:
            yield f'<circle class="dot" cx="{_x(hosts):.1f}" cy="{_y(speedup):.1f}" r="4"/>'
    high = _TOP + 40 + 22 * len(lines)
    yield f'<circle class="dot" cx="{_WIDTH - 224}" cy="{high}" r="4"/>'
    yield f'<text x="{_WIDTH - 204}" y="{high + 4}">measured</text>'
