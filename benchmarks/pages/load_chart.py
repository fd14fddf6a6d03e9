"""`make bench-picture`: build/bench/results.json as docs/img/bench-load.svg, and in README.md."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from benchmarks.pages import readme_paragraph

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
SOURCE, TARGET = ROOT / "build/bench/results.json", ROOT / "docs/img/bench-load.svg"

_WIDTH, _LEFT, _TOP, _COLUMN, _BAR, _GAP = 940, 96, 100, 168, 15, 5
_LONGEST = 84
_NAMES = {
    "Tandem": "Tandem",
    "plain": "the usual Flask, pandas and scikit-learn",
    "MLServer": "MLServer",
}
_ROWS = {
    "load_xgboost": ("xgboost", "40 features,", "200 trees"),
    "load_transform": ("transform", "14 columns", "to 40"),
    "load_chain": ("both", "one behind", "the other"),
}
_LIBRARIES = {
    "python": "Python",
    "flask": "Flask",
    "gunicorn": "gunicorn",
    "xgboost-cpu": "XGBoost",
    "scikit-learn": "scikit-learn",
    "pandas": "pandas",
    "mlserver": "MLServer",
}
_STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1c2330 } .soft { fill: #5b6575; font-size: 12px }
  .b { font-weight: 600 } .Tandem { fill: #2563b8 } .plain { fill: #8a94a3 }
  .MLServer { fill: #bac3cf } .span { stroke: #1c2330 } .rule { stroke: #dfe3e9 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e8ebf0 } .soft { fill: #9aa5b5 } .Tandem { fill: #6ea8f0 }
    .plain { fill: #7d8898 } .MLServer { fill: #4b5665 } .span { stroke: #e8ebf0 }
    .rule { stroke: #2c3440 } }
"""


@dataclass(frozen=True)
class Column:
    """A figure of the picture, in a unit, with so many decimals, and which way is better."""

    figure: str
    title: str
    note: str
    unit: str
    decimals: int = 0
    scale: float = 1.0


COLUMNS = (
    Column("p50_ms", "one row, median", "shorter is better", "ms", 2),
    Column("rps", "requests a second", "longer is better", "", scale=1),
    Column("rows_per_s", "rows a second", "longer is better", "k", scale=1e-3),
    Column("cold_start_s", "start to first /ping", "shorter is better", "s", 2),
    Column("pss_mb", "memory, all processes", "shorter is better", "MB"),
)


def main() -> None:
    """Draw the picture and print its path; exit code 1 where a benchmark it shows was not run."""
    if not SOURCE.exists():
        sys.exit(f"there is no {SOURCE}: run 'make bench' first")
    results = json.loads(SOURCE.read_bytes())
    parts = {part["name"]: part for part in results["benchmarks"]}
    missing = [name for name in _ROWS if name not in parts]
    if missing:
        sys.exit(
            f"{SOURCE} lacks {missing[0]}: run 'make bench ONLY=\"{' '.join(missing)}\"' first"
        )
    TARGET.write_text(draw_chart([parts[name] for name in _ROWS]), encoding="utf-8")
    README.write_text(
        readme_paragraph.insert_paragraph(README.read_text(encoding="utf-8"), results),
        encoding="utf-8",
    )
    print(TARGET, README, sep="\n")


def draw_chart(parts: Sequence[Mapping[str, Any]]) -> str:
    """Draw benchmarks, as results.json has them, one below the other, as SVG."""
    lines, top = list(_draw_heads()), _TOP
    for part in parts:
        lines += _draw_row(part, top)
        top += len(part["figures"]) * (_BAR + _GAP) + 28
    lines += [
        _draw_text(8, top + 8 + 16 * number, line, "soft")
        for number, line in enumerate(_draw_footer(parts))
    ]
    height = top + 52
    label = "Tandem beside the usual Flask application and MLServer: latency, throughput, memory"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
            f'role="img" aria-label="{label}">',
            f"<style>{_STYLE}</style>",
            *lines,
            "</svg>\n",
        ]
    )


def _draw_heads() -> Iterator[str]:
    left = 8
    for candidate, name in _NAMES.items():
        yield f'<rect class="{candidate}" x="{left}" y="12" width="14" height="14" rx="3"/>'
        yield _draw_text(left + 20, 24, name, "b" if candidate == "Tandem" else "")
        left += 54 + int(6.6 * len(name))
    for place, column in enumerate(COLUMNS):
        yield _draw_text(_LEFT + place * _COLUMN, 60, column.title, "b")
        yield _draw_text(_LEFT + place * _COLUMN, 77, column.note, "soft")


def _draw_row(part: Mapping[str, Any], top: int) -> Iterator[str]:
    yield f'<path class="rule" d="M8 {top - 12}H{_WIDTH - 8}"/>'
    title, *notes = _ROWS[part["name"]]
    yield _draw_text(8, top + 12, title, "b")
    for number, note in enumerate(notes):
        yield _draw_text(8, top + 29 + 15 * number, note, "soft")
    for place, column in enumerate(COLUMNS):
        cells = {name: found[column.figure] for name, found in part["figures"].items()}
        yield from _draw_bars(cells, column, _LEFT + place * _COLUMN, top)


def _draw_bars(
    cells: Mapping[str, Mapping[str, float]], column: Column, left: int, top: int
) -> Iterator[str]:
    unit = _LONGEST / max(value["median"] for value in cells.values())
    for number, (candidate, value) in enumerate(cells.items()):
        y = top + number * (_BAR + _GAP)
        long = max(1.5, value["median"] * unit)
        yield (
            f'<rect class="{candidate}" x="{left}" y="{y}" width="{long:.1f}" '
            f'height="{_BAR}" rx="2"/>'
        )
        ends = [left + min(_LONGEST + 4, value[end] * unit) for end in ("least", "greatest")]
        yield f'<path class="span" d="M{ends[0]:.1f} {y + _BAR / 2}H{ends[1]:.1f}"/>'
        shown = f"{value['median'] * column.scale:,.{column.decimals}f} {column.unit}".strip()
        yield _draw_text(
            max(left + long, ends[1]) + 6, y + 12, shown, "b" if number == 0 else "soft"
        )


def _draw_footer(parts: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    machine, first = parts[0]["machine"], parts[0]["date"][:10]
    rounds = min(len(runs) for each in parts for runs in each["rounds"].values())
    yield (
        f"{first}, {machine['cores']} cores of {machine['processor']}, which the client shares. "
        f"Medians of {rounds} rounds; the thin line goes from least to greatest."
    )
    yield "One row over 1 connection; requests a second over 16; rows in bodies of 1000 over 8."
    versions = machine["versions"] | parts[0]["about"].get("peers", {})
    names = [name for name in _LIBRARIES if name in versions]
    yield ", ".join(f"{_LIBRARIES[name]} {versions[name]}" for name in names) + "."


def _draw_text(x: float, y: float, text: str, kind: str) -> str:
    chosen = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{chosen}>{escape(text)}</text>'


if __name__ == "__main__":
    main()
