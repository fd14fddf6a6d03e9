"""The paragraph of README.md that tells what `make bench` measured, between two markers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_BEGIN, _END = "<!-- What `make bench-picture` writes. -->", "<!-- End of it. -->"
_PICTURE = "![Tandem beside the usual application and MLServer](docs/img/bench-load.svg)"


def written(readme: str, results: Mapping[str, Any]) -> str:
    """Put the figures of `results.json` into the text. Raises ValueError without markers."""
    block = re.compile(f"{re.escape(_BEGIN)}.*?{re.escape(_END)}", re.DOTALL)
    if not block.search(readme):
        raise ValueError(f"README.md has no lines {_BEGIN} and {_END}")
    told = f"{_BEGIN}\n{paragraph(results)}\n\n{_PICTURE}\n{_END}"
    return block.sub(lambda _: told, readme, count=1)


def paragraph(results: Mapping[str, Any]) -> str:
    """Tell of the whole pipeline: its latency, and ratios to the usual application's."""
    chain = next(part for part in results["benchmarks"] if part["name"] == "load_chain")
    milliseconds = chain["figures"]["Tandem"]["p50_ms"]["median"]
    ratios, machine = results["summary"], chain["machine"]
    return "\n".join(
        [
            f"One record through both containers over HTTP takes {milliseconds:.2f} ms,"
            f" {times(1 / ratios['chain_p50'])} less",
            "than through the same two models behind Flask, pandas and scikit-learn, at"
            f" {times(ratios['chain_rps'])} the",
            f"requests a second and {times(ratios['chain_rows'])} the rows a second, in"
            f" {ratios['memory']:.0%} of the memory,",
            f"and is there after {ratios['cold_start']:.0%} of the time."
            f" (Measured on {chain['date'][:10]}, {machine['cores']} cores of"
            f" {machine['processor']}; [benchmarks](benchmarks/README.md).)",
        ]
    )


def times(ratio: float) -> str:
    """Say a ratio: 14 times, 2.5 times."""
    return f"{ratio:.1f} times" if ratio < 10 else f"{ratio:.0f} times"
