"""One house transformed by the plan that serves, and by the scikit-learn transform it replays.

The plan is measured as its steps in Python and compiled, of rows that are parsed already; and from
the bytes of a CSV row, read in Python and in C.
"""

from __future__ import annotations

import csv
import io
import shutil
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.harness.benchmark import Benchmark, Candidate, Figures, Goal, Plan
from benchmarks.harness.process_usage import BenchmarkFailed
from examples.house_prices import data
from preprocessor.data.channel_records import ChannelRecords, read_channel
from preprocessor.data.data_frame import build_frame
from preprocessor.fit.recipe_fit import FittedRecipe, fit_recipe
from preprocessor.hyperparameters import SCHEMA
from preprocessor.infer.recipe_builder import build_recipe
from preprocessor.plan.compiled.compiled_plan import CompiledPlan, compile_plan
from preprocessor.plan.sklearn_block import SklearnBlock
from preprocessor.recipe.recipe_request import merge_request
from tandem.codecs.csv import CsvSource
from tandem.contract.hyperparameters import resolve_hyperparameters
from tandem.contract.training_job import Channel
from tandem.data.arrays import Float32Array
from tandem.data.schema.compiled_schema import compile_schema
from tandem.data.schema.record_schema import RecordSchema
from tandem.data.tables import Table

_RECIPES = {
    "inferred": "{}",
    "many_steps": """{
        "MSSubClass": "category", "LotArea": {"log1p": true, "scale": "standard"},
        "GrLivArea": {"clip": {"high_quantile": 0.99}, "scale": "robust"},
        "LotFrontage": {"flag": true}, "YearBuilt": {"bin": 5}
    }""",
}
_ROUNDS = 5
_REPLAYED, _FITTED = 1000, 50
_MOST_COMPILED = 0.5


def _prepare(folder: Path) -> Plan:
    source = data.fetch(data.FOLDER)
    training = _read(folder / "train", data.split(source, folder / "split").train)
    houses = _read(folder / "all", source)
    target = houses.names.index(data.TARGET)
    bodies = [format_line((*row[:target], *row[target + 1 :])) for row in houses.files[0].rows]
    candidates: list[Candidate] = []
    about: dict[str, object] = {"rows compared bit for bit": houses.rows}
    for name, columns in _RECIPES.items():
        done = _fit(training, columns)
        candidates += _build_candidates(name, done, houses, bodies)
        about[f"{name}: features, blocks"] = (done.plan.width, len(done.plan.blocks))
    goals = [
        Goal(
            f"one_row_scikit_learn_over_plan_{name}",
            "ms_a_row",
            f"scikit-learn, {name}",
            f"plan, {name}",
            least=50,
        )
        for name in _RECIPES
    ]
    goals += [
        Goal(
            f"{summary}_compiled_over_python_{name}",
            "ms_a_row",
            f"{kind}compiled, {name}",
            f"{kind}plan, {name}",
            most=_MOST_COMPILED,
        )
        for name in _RECIPES
        for summary, kind in (("one_row", ""), ("one_csv_row", "CSV, "))
    ]
    return Plan(candidates, goals, rounds=_ROUNDS, about=about)


def _fit(training: ChannelRecords, columns: str) -> FittedRecipe:
    wishes = merge_request(
        resolve_hyperparameters(SCHEMA, {"target": data.TARGET, "columns": columns})
    )
    recipe = build_recipe(training, wishes)
    return fit_recipe(recipe, recipe.build_schema().to_table(training.files[0]))


def _build_candidates(
    name: str, done: FittedRecipe, houses: ChannelRecords, bodies: Sequence[bytes]
) -> list[Candidate]:
    schema = done.recipe.build_schema()
    table = schema.to_table(houses.files[0])
    _require_equal(done, table)
    compiled = compile_plan(done.plan, schema.fields)
    if not isinstance(compiled, CompiledPlan):
        raise BenchmarkFailed("the transform is not compiled: is there a C compiler?")
    reader = compile_schema(schema)
    calls: dict[str, Callable[[bytes], Any]] = {
        f"CSV, compiled, {name}": lambda body: compiled.apply(read_line(reader, body)),
        f"CSV, plan, {name}": lambda body: done.plan.apply(read_line(schema, body)),
    }
    coded = [read_line(reader, body) for body in bodies]
    alone = [compiled.apply(row) for row in coded]
    require_same_bits(
        done.plan.apply(table), alone, *(map(call, bodies) for call in calls.values())
    )
    frames = build_frame(table, schema)
    tables = list(table.split(1))[:_REPLAYED]
    rows = [frames.iloc[i : i + 1] for i in range(_FITTED)]
    return [
        Candidate(f"plan, {name}", partial(measure_rows, done.plan.apply, tables)),
        Candidate(f"compiled, {name}", partial(measure_rows, compiled.apply, coded[:_REPLAYED])),
        Candidate(f"scikit-learn, {name}", partial(measure_rows, done.transformer.transform, rows)),
        *(
            Candidate(label, partial(measure_rows, call, bodies[:_REPLAYED]))
            for label, call in calls.items()
        ),
    ]


def format_line(cells: Iterable[str | None]) -> bytes:
    """Return cells as a line of CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue().encode()


def read_line(schema: RecordSchema, body: bytes) -> Table:
    """Read a line of CSV without a header."""
    return schema.read(CsvSource(body))


def require_same_bits(expected: Float32Array, *others: Iterable[Float32Array]) -> None:
    """Raise ValueError unless the rows of each of the others have the bits of the first."""
    if {np.concatenate(list(rows)).tobytes() for rows in others} != {expected.tobytes()}:
        raise ValueError("the compiled transform does not give the plan's bits")


def _read(folder: Path, file: Path) -> ChannelRecords:
    """Read a file as the only one of a channel."""
    folder.mkdir(exist_ok=True)
    shutil.copyfile(file, folder / file.name)
    return read_channel(Channel("train", folder, "text/csv"))


def _require_equal(done: FittedRecipe, table: Table) -> None:
    """Raise ValueError unless the plan gives scikit-learn's bits, row by row and all at once."""
    expected = done.transformer.transform(build_frame(table, done.recipe.build_schema())).astype(
        np.float32
    )
    alone = np.concatenate([done.plan.apply(row) for row in table.split(1)])
    bits = {features.tobytes() for features in (expected, alone, done.plan.apply(table))}
    if len(bits) > 1 or any(isinstance(block, SklearnBlock) for block in done.plan.blocks):
        raise ValueError("the plan does not give scikit-learn's bits")


def measure_rows(transform: Callable[[Any], object], rows: Sequence[object]) -> Figures:
    """Transform rows one by one; gives the median of their times in milliseconds."""
    times = []
    for row in rows:
        began = time.perf_counter()
        transform(row)
        times.append(1000 * (time.perf_counter() - began))
    return {"ms_a_row": statistics.median(times)}


BENCHMARK = Benchmark("transform_row", "One row: the plan against scikit-learn", _prepare)
