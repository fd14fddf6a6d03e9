"""One house read and transformed, with and without looking for values training never saw.

The rows have no price, as in production. What training saw is also what the compiled reader and
plan know categories by: without it they do not take part.
"""

from __future__ import annotations

import csv
import io
import statistics
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from benchmarks.harness.benchmark import Benchmark, Candidate, Figures, Goal, Plan
from examples.house_prices import data
from preprocessor.data.channel_records import ChannelRecords
from preprocessor.fit.recipe_fit import fit_recipe
from preprocessor.hyperparameters import SCHEMA
from preprocessor.infer.recipe_builder import build_recipe
from preprocessor.recipe.recipe_request import merge_request
from preprocessor.serving import TransformModel
from tandem.codecs.csv import CsvSource
from tandem.contract.hyperparameters import resolve_hyperparameters
from tandem.data.schema.compiled_schema import compile_schema
from tandem.data.schema.policies import PLAIN
from tandem.data.tables import Records

_ROUNDS, _ROWS = 5, 500
_LOOKING, _BLIND = "with policies", "without"


def _prepare(folder: Path) -> Plan:
    source = data.split(data.fetch(data.FOLDER), folder / "split").train
    with source.open(newline="", encoding="utf-8") as file:
        head, *rows = map(tuple, csv.reader(file))
    records = Records(rows, head)
    wishes = merge_request(resolve_hyperparameters(SCHEMA, {"target": data.TARGET}))
    recipe = build_recipe(ChannelRecords(head, (records,)), wishes)
    done = fit_recipe(recipe, recipe.build_schema().to_table(records))
    model = TransformModel(done.recipe, done.plan)
    blind = TransformModel(done.recipe, done.plan)
    schema = done.recipe.build_schema()
    fields = tuple(replace(field, policy=PLAIN) for field in schema.fields)
    blind.schema = compile_schema(replace(schema, fields=fields))
    price = head.index(data.TARGET)
    bodies = [_format_line((*row[:price], *row[price + 1 :])) for row in rows[:_ROWS]]
    candidates = [
        Candidate(_LOOKING, partial(_measure, model, bodies)),
        Candidate(_BLIND, partial(_measure, blind, bodies)),
    ]
    goal = Goal("one_row_with_policies_over_without", "us_a_row", _LOOKING, _BLIND, most=1.15)
    return Plan(candidates, [goal], rounds=_ROUNDS)


def _format_line(cells: Sequence[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue().encode()


def _measure(model: TransformModel, bodies: Sequence[bytes]) -> Figures:
    times = []
    for body in bodies:
        began = time.perf_counter()
        model.predict(model.schema.read(CsvSource(body)))
        times.append(1e6 * (time.perf_counter() - began))
    return {"us_a_row": statistics.median(times)}


BENCHMARK = Benchmark("policies", "One row: looking for unusual values, or not", _prepare)
