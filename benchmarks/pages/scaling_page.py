"""Write what `hosts` measured as docs/img/scaling.svg and as a table.

`python -m benchmarks.pages.scaling_page` reads build/bench/hosts.json and writes the table between
two markers of docs/scaling.md.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.hosts.scaling import FEW, NARROW, RUNS, WIDE
from benchmarks.hosts.scaling_model import (
    Job,
    Machine,
    count_sent_bytes,
    solve_computation,
    solve_network,
)
from benchmarks.pages.scaling_chart import Line, draw_chart

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "build/bench/hosts.json"
PAGE, PICTURE = ROOT / "docs/scaling.md", ROOT / "docs/img/scaling.svg"
_BEGIN, _END = (
    "<!-- What `python -m benchmarks.pages.scaling_page` writes. -->",
    "<!-- End of it. -->",
)
# What the drawn hosts have: cores like the measured one, and a network.
CORES, BYTES_A_SECOND, STEP_SECONDS = 4, 2.5e9 / 8, 1e-4
_ROWS = (1_000_000, 10_000_000, 100_000_000)

Medians = Mapping[str, Mapping[str, float]]


def main() -> None:
    """Write both; exit code 1 with a sentence where nothing was measured."""
    if not SOURCE.is_file():
        sys.exit(f"{SOURCE} is not there: run 'make bench ONLY=hosts'")
    found = json.loads(SOURCE.read_bytes())
    medians = {
        run: {name: spread["median"] for name, spread in figures.items()}
        for run, figures in found["figures"].items()
    }
    PICTURE.write_text(draw_speedups(medians), encoding="utf-8")
    block = re.compile(f"{re.escape(_BEGIN)}.*?{re.escape(_END)}", re.DOTALL)
    text = f"{_BEGIN}\n{format_table(medians)}\n\n{describe_measurement(found)}\n{_END}"
    page = block.sub(lambda _: text, PAGE.read_text(encoding="utf-8"), count=1)
    PAGE.write_text(page, encoding="utf-8")


def solve_machine(medians: Medians) -> Machine:
    """Return the measured machine's numbers, from what was measured on one host and on two."""
    times = {run: figures[_choose_figure(medians)] for run, figures in medians.items()}
    few, alone_narrow = times["1 host, a third of the rows"], times["1 host, 16 bins"]
    row, per_bin = solve_computation((WIDE, times["1 host"]), (FEW, few))
    # Rows are shared out: what one host would take for its half is not the network's.
    half = row * WIDE.rows / 2 * WIDE.features
    byte, step = solve_network(
        (WIDE, times["2 hosts"] - (times["1 host"] - half)),
        (NARROW, times["2 hosts, 16 bins"] - (alone_narrow - half)),
        2,
    )
    return Machine(row, per_bin, byte, step)


def draw_speedups(medians: Medians) -> str:
    """Draw speedups by the number of hosts: measured, and by the model up to 64."""
    here, figure = solve_machine(medians), _choose_figure(medians)
    there = Machine(here.row / CORES, here.bin / CORES, 1 / BYTES_A_SECOND, STEP_SECONDS)
    one = medians["1 host"][figure]
    dots = [(n, one / medians[run][figure]) for run, (job, n) in RUNS.items() if job is WIDE]
    lines = [Line(f"{WIDE.rows:,} rows, one machine", here, WIDE, dots)]
    lines += [
        Line(f"{rows // 1_000_000} million rows, a cluster", there, Job(rows, WIDE.features))
        for rows in _ROWS
    ]
    return draw_chart(lines)


def format_table(medians: Medians) -> str:
    """Return a table of each run with the model's prediction."""
    here, figure = solve_machine(medians), _choose_figure(medians)
    told = "CPU ms a host" if figure == "cpu_seconds" else "ms"
    lines = [
        f"| a round on | {told} | by the model | efficiency | by the model | MB sent a host"
        " | by the model |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for run, (job, hosts) in RUNS.items():
        figures = medians[run]
        cells = [
            f"{figures[figure] * 1e3:.1f}",
            f"{here.estimate_seconds(job, hosts) * 1e3:.1f}",
            *_format_efficiencies(medians, run, here),
            f"{figures['sent_mb']:.2f}" if "sent_mb" in figures else "",
            f"{count_sent_bytes(job, hosts) / 1e6:.2f}",
        ]
        lines.append(f"| {run} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _format_efficiencies(medians: Medians, run: str, here: Machine) -> tuple[str, str]:
    """Return the part of n times the speed that n hosts have, measured and by the model."""
    (job, hosts), figure = RUNS[run], _choose_figure(medians)
    if hosts == 1:
        return "", ""
    alone = next(name for name, (other, count) in RUNS.items() if other is job and count == 1)
    speedup = medians[alone][figure] / medians[run][figure]
    modelled = here.estimate_speedup(job, hosts)
    return f"{speedup / hosts:.0%}", f"{modelled / hosts:.0%}"


def describe_measurement(found: Mapping[str, Any]) -> str:
    """Return when and where it was measured."""
    host, about, noise = found["machine"], found["about"], found["noise"]["before"]
    share = about["processors a host"]
    each = f", {share:.2f} of a processor for each host" if share else ""
    if share and share < 1:
        each += " (three with one each would need three)"
    return (
        f"{about['rows']:,} rows of {about['features']} features. Measured on"
        f" {found['date'][:10]},\n{host['cores']} cores of {host['processor']}{each}.\n"
        f"Engine: {about['engine']}; the machine's unrest was {noise['greatest_over_least']:.1f}."
    )


def _choose_figure(medians: Medians) -> str:
    """Return the time to use: processor time, which other work does not lengthen."""
    return "cpu_seconds" if "cpu_seconds" in medians["1 host"] else "seconds"


if __name__ == "__main__":
    main()
