"""What both feature stores are given: records of ten moments of each user, and times to join at."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

JOINED, USERS, MOMENTS = 1_000_000, 100_000, 10
CALLS, WARM_UP = 400, 20
VALUES = ("age", "score", "city")
START = datetime(2024, 1, 1, tzinfo=UTC)
_SECONDS = 30 * 86_400
RECORDS, ENTITIES = "records.parquet", "entities.parquet"


def write_data(folder: Path) -> None:
    """Write the records and the entities; both have a million rows and times of one month."""
    rng = np.random.default_rng(0)
    count = USERS * MOMENTS
    users = np.char.add("u", np.arange(USERS).astype(str))
    records = pd.DataFrame(
        {
            "id": np.repeat(users, MOMENTS),
            "event_timestamp": _draw_times(rng, count),
            "age": rng.integers(18, 90, count),
            "score": rng.random(count),
            "city": rng.choice(["Ulm", "Bonn", "Kiel"], count),
        }
    )
    records.to_parquet(folder / RECORDS, index=False)
    entities = pd.DataFrame(
        {"id": rng.choice(users, JOINED), "event_timestamp": _draw_times(rng, JOINED)}
    )
    entities.to_parquet(folder / ENTITIES, index=False)


def _draw_times(rng: np.random.Generator, count: int) -> Any:
    moments = int(START.timestamp()) + rng.integers(0, _SECONDS, count)
    return pd.to_datetime(moments, unit="s", utc=True)


def time_calls(name: str, call: Callable[[int], object]) -> dict[str, float]:
    """Return p50 and p99 in ms of calls one behind the other; the first ones are not counted."""
    taken = list[float]()
    for number in range(WARM_UP + CALLS):
        begun = time.perf_counter()
        call(number)
        taken.append((time.perf_counter() - begun) * 1e3)
    steps = statistics.quantiles(taken[WARM_UP:], n=100)
    return {f"{name}_p50_ms": steps[49], f"{name}_p99_ms": steps[98]}


def summarize_join(joined: pd.DataFrame) -> dict[str, float]:
    """Return what both stores must agree on: rows, those with a value, and sums of values."""
    return {
        "rows": float(len(joined)),
        "found": float(joined["score"].notna().sum()),
        "score": round(float(joined["score"].sum()), 3),
        "age": float(joined["age"].sum()),
    }


def report(figures: dict[str, float], summary: dict[str, float]) -> None:
    """Print the figures and the summary of the join as one line of JSON."""
    sys.stdout.write(json.dumps({"figures": figures, "joined": summary}) + "\n")
