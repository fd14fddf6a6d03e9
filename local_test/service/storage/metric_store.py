"""The metrics of trial components: every point in order, and a summary of each metric.

They have a SQLite file of their own, so that writers of metrics do not wait for records. A point is
on disk before it is acknowledged; a commit survives a killed process.
"""

import itertools
import operator
import threading
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from local_test.service.storage.state.database import Database

FILE = "metrics.sqlite"
_CHUNK = 500
_TABLES = (
    """CREATE TABLE IF NOT EXISTS series (
        id INTEGER PRIMARY KEY, owner TEXT NOT NULL, name TEXT NOT NULL, count INTEGER NOT NULL,
        least REAL NOT NULL, most REAL NOT NULL, mean REAL NOT NULL, squares REAL NOT NULL,
        last REAL NOT NULL, time REAL NOT NULL, UNIQUE (owner, name))""",
    """CREATE TABLE IF NOT EXISTS points (
        id INTEGER PRIMARY KEY, series INTEGER NOT NULL REFERENCES series ON DELETE CASCADE,
        step INTEGER, time REAL NOT NULL, value REAL NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS points_by_series ON points (series)",
)
# Welford's algorithm: `squares` is the sum of the squared differences from the mean.
_UPSERT = """INSERT INTO series (owner, name, count, least, most, mean, squares, last, time)
    VALUES (?1, ?2, 1, ?3, ?3, ?3, 0.0, ?3, ?4)
    ON CONFLICT (owner, name) DO UPDATE SET count = count + 1,
        least = min(least, ?3), most = max(most, ?3), mean = mean + (?3 - mean) / (count + 1),
        squares = squares + (?3 - mean) * (?3 - mean - (?3 - mean) / (count + 1)),
        last = CASE WHEN ?4 >= time THEN ?3 ELSE last END, time = max(time, ?4)
    RETURNING id"""

_CURVES = """SELECT owner, step, value FROM series JOIN points ON points.series = series.id
    WHERE owner IN ({}) AND name = ? ORDER BY series.id, points.id"""


@dataclass(frozen=True)
class MetricPoint:
    """One value of a metric; `time` is in seconds since 1970, `step` is None without one."""

    name: str
    value: float
    time: float
    step: int | None = None


@dataclass(frozen=True)
class MetricSummary:
    """The statistics of a metric; `last` is its newest value, at `time` (seconds since 1970).

    `deviation` is the standard deviation of all values (divided by their number).
    """

    name: str
    count: int
    least: float
    most: float
    mean: float
    deviation: float
    last: float
    time: float


class MetricStore:
    """The metrics by the ARNs of their owners; thread-safe."""

    def __init__(self, folder: Path) -> None:
        self._lock = threading.Lock()
        self._database = Database(folder / FILE)
        self._database.allow_writing()
        for statement in _TABLES:
            self._database.execute(statement)

    def add(self, owner: str, points: Sequence[MetricPoint]) -> None:
        """Write points in their order. Raises OSError when the disk refuses; then none is kept."""
        with self._lock, self._database.transaction():
            for point in points:
                values = (owner, point.name, point.value, point.time)
                [(series,)] = self._database.execute(_UPSERT, values)
                self._database.execute(
                    "INSERT INTO points (series, step, time, value) VALUES (?, ?, ?, ?)",
                    (series, point.step, point.time, point.value),
                )

    def summarize(self, owners: Sequence[str]) -> dict[str, list[MetricSummary]]:
        """Return the summaries of the metrics of each owner that has some, by name."""
        found = defaultdict[str, list[MetricSummary]](list)
        for start in range(0, len(owners), _CHUNK):
            chunk = tuple(owners[start : start + _CHUNK])
            marks = ", ".join("?" * len(chunk))
            with self._lock:
                rows = self._database.execute(
                    "SELECT owner, name, count, least, most, mean, squares, last, time FROM series"  # noqa: S608
                    f" WHERE owner IN ({marks}) ORDER BY owner, name",
                    chunk,
                )
            for owner, name, count, least, most, mean, squares, last, time in rows:
                deviation = (max(0.0, squares) / count) ** 0.5
                found[owner].append(
                    MetricSummary(name, count, least, most, mean, deviation, last, time)
                )
        return dict(found)

    def read(self, owner: str, name: str) -> list[MetricPoint]:
        """Return the points of a metric in the order they were written."""
        with self._lock:
            rows = self._database.execute(
                "SELECT points.value, points.time, points.step FROM points JOIN series"
                " ON points.series = series.id WHERE owner = ? AND name = ? ORDER BY points.id",
                (owner, name),
            )
        return [MetricPoint(name, value, time, step) for value, time, step in rows]

    def read_curves(
        self, owners: Sequence[str], name: str, most: int
    ) -> dict[str, tuple[list[float], list[float]]]:
        """Return the steps and values of a metric of each owner that has it, in their order.

        A point without a step has its place as step. Of more than `most` points, evenly spaced
        ones and the last are returned: fewer than twice as many.
        """
        curves: dict[str, tuple[list[float], list[float]]] = {}
        for start in range(0, len(owners), _CHUNK):
            chunk = tuple(owners[start : start + _CHUNK])
            marks = ", ".join("?" * len(chunk))
            with self._lock:
                rows = self._database.execute(_CURVES.format(marks), (*chunk, name))
            for owner, group in itertools.groupby(rows, operator.itemgetter(0)):
                points = list(group)
                steps = [i if point[1] is None else point[1] for i, point in enumerate(points)]
                stride = max(1, len(points) // most)
                kept = [*range(0, len(points) - 1, stride), len(points) - 1]
                curves[owner] = ([steps[i] for i in kept], [points[i][2] for i in kept])
        return curves

    def remove(self, owner: str) -> None:
        """Remove all metrics of an owner."""
        with self._lock:
            self._database.execute("DELETE FROM series WHERE owner = ?", (owner,))

    def close(self) -> None:
        """Close the file; no metric can be read or written any more."""
        with self._lock:
            self._database.close()
