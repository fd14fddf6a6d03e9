"""A sizing as text, as JSON, and as a picture."""

import math
from typing import Any

from local_test.sizing.capacity_search import Sizing

ASSUMPTIONS = (
    "one instance is one set of the endpoint's containers, measured on this machine with nothing "
    "else to do; another machine is faster or slower",
    "requests are alike and arrive at random, independently of each other (Poisson)",
    "the balance between instances is perfect, and none of them fails or starts",
    "latency is the containers', without the network and the service in front of them",
)
_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 640, 360, 70, 50


def describe_sizing(sizing: Sizing) -> dict[str, Any]:
    """Return a sizing as an object for JSON; latencies are in milliseconds."""
    return {
        "rate": sizing.wanted,
        "p99_ms": 1000 * sizing.p99,
        "instances": sizing.instances,
        "rate_per_instance": round(sizing.sustained, 2),
        "trials": [
            {
                "rate": round(trial.rate, 2),
                "requests": trial.requests,
                "errors": trial.errors,
                "unanswered": trial.late,
                "p50_ms": _to_milliseconds(trial.p50),
                "p99_ms": _to_milliseconds(trial.p99),
                "meets": trial.meets(sizing.p99),
            }
            for trial in sizing.trials
        ],
        "assumptions": list(ASSUMPTIONS),
    }


def _to_milliseconds(seconds: float) -> float | None:
    return round(1000 * seconds, 2) if math.isfinite(seconds) else None


def format_sizing(sizing: Sizing) -> str:
    """Return a sizing as text: the answer, the measurements, and what it assumes."""
    goal = f"{sizing.wanted:g} requests/s with a 99th percentile of {1000 * sizing.p99:g} ms"
    if sizing.instances is None:
        answer = f"no number of instances is enough for {goal}: a single request is too slow"
    else:
        carried = f"one carries {sizing.sustained:.1f} requests/s"
        answer = f"{sizing.instances} instances for {goal}: {carried}"
    rows = [f"{'rate/s':>10}{'p50 ms':>10}{'p99 ms':>10}{'errors':>8}{'unanswered':>12}"]
    rows += [
        f"{trial.rate:>10.1f}{1000 * trial.p50:>10.1f}{1000 * trial.p99:>10.1f}{trial.errors:>8}"
        f"{trial.late:>12}{'' if trial.meets(sizing.p99) else '  too much'}"
        for trial in sorted(sizing.trials, key=lambda trial: trial.rate)
    ]
    assumed = [f"- {sentence}" for sentence in ASSUMPTIONS]
    return "\n".join([answer, "", *rows, "", "This assumes:", *assumed])


def draw_sizing(sizing: Sizing) -> str:
    """Return an SVG picture: the 99th percentile over the rate, and the limit as a line."""
    trials = [trial for trial in sizing.trials if math.isfinite(trial.p99)]
    fastest = max([trial.rate for trial in trials], default=1.0)
    slowest = min(max([trial.p99 for trial in trials], default=0.0), 4 * sizing.p99)
    top = 1.1 * max(slowest, sizing.p99)

    def place(rate: float, seconds: float) -> tuple[float, float]:
        x = _LEFT + rate / fastest * (_WIDTH - _LEFT - 20)
        return x, (_HEIGHT - _BOTTOM) * (1 - min(seconds / top, 1.0)) + 10

    _, limit = place(0, sizing.p99)
    _, bottom = place(0, 0)
    marks = []
    for trial in trials:
        x, y = place(trial.rate, trial.p99)
        colour = "#1659a8" if trial.meets(sizing.p99) else "#b3261e"
        title = f"{trial.rate:.1f}/s: {1000 * trial.p99:.1f} ms"
        circle = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{colour}">'
        marks.append(f"{circle}<title>{title}</title></circle>")
    result = "-" if sizing.instances is None else sizing.instances
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
            'font-family="sans-serif" font-size="13">',
            f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
            f'<path d="M{_LEFT} 10 V{bottom:.1f} H{_WIDTH - 20}" stroke="#1b2430" fill="none"/>',
            f'<path d="M{_LEFT} {limit:.1f} H{_WIDTH - 20}" stroke="#b3261e" '
            'stroke-dasharray="5 4" fill="none"/>',
            f'<text x="{_LEFT + 6}" y="{limit - 6:.1f}">limit: {1000 * sizing.p99:g} ms</text>',
            f'<text x="4" y="24">p99, ms</text><text x="4" y="{bottom:.1f}">0</text>',
            *marks,
            f'<text x="{_WIDTH - 20}" y="{bottom + 18:.1f}" text-anchor="end">'
            f"{fastest:.0f} requests/s of one instance</text>",
            f'<text x="{_LEFT}" y="{_HEIGHT - 8}">{sizing.wanted:g} requests/s: {result} '
            f"instances</text>",
            "</svg>",
            "",
        ]
    )
