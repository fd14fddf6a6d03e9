"""How large the images are, where a Docker engine has them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from benchmarks.harness.benchmark import Benchmark, Candidate, Figures, Goal, Plan
from scripts.checkout.project import list_images
from scripts.checkout.shell import read_output

# As in tests/images; what is in none is at most 400 MB.
_MOST_MB = {"analyzer": 465, "python": 520}


def _prepare(_: Path) -> Plan:
    sizes = {name: _measure_size(name) for name in list_images()}
    absent = [name for name, size in sizes.items() if size is None]
    if absent:
        print(f"  absent: no Docker engine has the image of {', '.join(absent)} ('make build')")
    there = {name: size for name, size in sizes.items() if size is not None}
    return Plan(
        [Candidate(name, partial(_report_size, size)) for name, size in there.items()],
        [Goal(f"image_{name}_mb", "mb", name, most=_MOST_MB.get(name, 400)) for name in there],
        rounds=1,
        about={"absent": absent},
    )


def _measure_size(name: str) -> float | None:
    """Return the image's size on disk, in MB of 10^6 bytes, as `docker images` shows it."""
    told = read_output(
        ["docker", "image", "inspect", "--format={{.Size}}", f"tandem-{name}:latest"]
    )
    return int(told) / 1e6 if told else None


def _report_size(size: float) -> Figures:
    return {"mb": size}


BENCHMARK = Benchmark("images", "size of the images on disk", _prepare)
