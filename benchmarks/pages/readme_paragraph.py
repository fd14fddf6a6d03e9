"""The paragraph of README.md with the results of `make bench`, between two markers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_BEGIN, _END = "<!-- What `make bench-picture` writes. -->", "<!-- End of it. -->"
_PICTURE = "![Tandem beside the usual application and MLServer](docs/img/bench-load.svg)"


def insert_paragraph(readme: str, results: Mapping[str, Any]) -> str:
    """Insert the figures of `results.json` into the text. Raises ValueError without markers."""
    block = re.compile(f"{re.escape(_BEGIN)}.*?{re.escape(_END)}", re.DOTALL)
    if not block.search(readme):
        raise ValueError(f"README.md has no lines {_BEGIN} and {_END}")
    told = f"{_BEGIN}\n{build_paragraph(results)}\n\n{_PICTURE}\n{_END}"
    return block.sub(lambda _: told, readme, count=1)


def build_paragraph(results: Mapping[str, Any]) -> str:
    """Return the sentences on the whole pipeline: latency, and ratios to the usual application."""
    chain = next(part for part in results["benchmarks"] if part["name"] == "load_chain")
    mine, its = (chain["figures"][name]["p50_ms"]["median"] for name in ("Tandem", "plain"))
    ratios, machine = results["summary"], chain["machine"]
    requests, rows = format_ratio(ratios["chain_rps"]), format_ratio(ratios["chain_rows"])
    memory, start = f"{ratios['memory']:.0%}", f"{ratios['cold_start']:.0%}"
    where = f"{machine['cores']} cores of {machine['processor']}"
    return "\n".join(
        [
            f"One record through both containers over HTTP takes {mine:.2f} ms; the same two",
            f"models behind Flask, pandas and scikit-learn take {its:.2f} ms. The containers",
            f"answer {requests} as many requests a second, and {rows} as many rows in",
            f"requests of 1000, in {memory} of the memory, and start in {start} of the",
            "time. (Measured on",
            f"{chain['date'][:10]}, {where}; [benchmarks](benchmarks/README.md).)",
        ]
    )


def format_ratio(ratio: float) -> str:
    """Format a ratio: 14 times, 2.5 times."""
    return f"{ratio:.1f} times" if ratio < 10 else f"{ratio:.0f} times"
