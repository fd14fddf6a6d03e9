"""One text transformed by the plan that serves, and by the vectorizer it replays.

The reading of a CSV row of a text and a number is measured as well, in Python and in C: a row of
one column has no reader in C, and a sparse transform no compiled steps.
"""

from __future__ import annotations

import json
import random
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.harness.benchmark import Benchmark, Candidate, Goal, Plan
from benchmarks.harness.process_usage import BenchmarkFailed
from benchmarks.serving.transform_row import format_line, measure_rows, read_line
from preprocessor.data.channel_records import ChannelRecords
from preprocessor.data.data_frame import build_frame
from preprocessor.fit.recipe_fit import FittedRecipe, fit_recipe
from preprocessor.hyperparameters import NO_TARGET, SCHEMA
from preprocessor.infer.recipe_builder import build_recipe
from preprocessor.plan.sklearn_block import SklearnBlock
from preprocessor.recipe.recipe_request import merge_request
from preprocessor.serving import TransformModel
from tandem import codecs
from tandem.contract.hyperparameters import resolve_hyperparameters
from tandem.data.rows.sparse_table import SparseTable
from tandem.data.schema.compiled_schema import compile_schema
from tandem.data.schema.known_texts import CodedTable
from tandem.data.tables import Records, Table

_TEXTS, _WORDS, _VOCABULARY = 2000, 250, 30_000
_FEATURES = 20_000
_RECIPE = {"text": {"clean": {"letters_only": True}, "tfidf": {"max_features": _FEATURES}}}
_ROUNDS, _TIMED = 5, 200
_SEED = 4
_SENT = "application/x-recordio-protobuf"


def _prepare(_: Path) -> Plan:
    texts = _make_texts()
    done, table = _fit([(text,) for text in texts], ("text",))
    rows = list(table.split(1))[:_TIMED]
    frames = [build_frame(row, done.recipe.build_schema()) for row in rows]
    _require_equal(done, table)
    model = TransformModel(done.recipe, done.plan)
    sent = [_measure_size(model.predict(row)) for row in rows]
    plan, library = "plan", "scikit-learn"
    from_csv = _build_csv_readers(texts)
    in_c, in_python = (candidate.name for candidate in from_csv)
    return Plan(
        [
            Candidate(plan, partial(measure_rows, done.plan.apply_sparse, rows)),
            Candidate(library, partial(measure_rows, done.transformer.transform, frames)),
            *from_csv,
        ],
        [
            Goal("one_text_scikit_learn_over_plan", "ms_a_row", library, plan, least=6),
            Goal("one_text_of_csv_in_c_over_python", "ms_a_row", in_c, in_python, most=0.9),
        ],
        rounds=_ROUNDS,
        about={
            "features": done.plan.width,
            "texts compared bit for bit": len(table),
            "terms, bytes of a text (medians)": np.median(sent, axis=0).tolist(),
            "bytes of a text as NPY": 4 * done.plan.width + 128,
        },
    )


def _measure_size(answer: Table) -> tuple[int, int]:
    """Return how many terms a row has, and how many bytes it takes between containers."""
    if not isinstance(answer, SparseTable):
        raise TypeError("a row of terms must be sparse")
    return len(answer.sparse.indices), len(
        codecs.encode_table(codecs.find_encoder(None, _SENT)[0], answer)
    )


def _make_texts() -> list[str]:
    """Make texts of made-up words, a few of which are frequent, as in a language."""
    dice = random.Random(_SEED)  # noqa: S311 - the same texts every time
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["".join(dice.choices(letters, k=dice.randint(2, 10))) for _ in range(_VOCABULARY)]
    shares = [1 / (rank + 1) for rank in range(_VOCABULARY)]
    return [" ".join(dice.choices(words, shares, k=_WORDS)) for _ in range(_TEXTS)]


def _build_csv_readers(texts: list[str]) -> list[Candidate]:
    """Return candidates that read a CSV row of a text and a number in C and in Python.

    Raises BenchmarkFailed when C does not read it, and ValueError unless both read the same.
    """
    rows: list[tuple[str, ...]] = [(text, str(place % 100)) for place, text in enumerate(texts)]
    done, _ = _fit(rows, ("text", "number"))
    schema = done.recipe.build_schema()
    reader = compile_schema(schema)
    bodies = [format_line(row) for row in rows[:_TIMED]]
    for body in bodies:
        one, other = read_line(reader, body), read_line(schema, body)
        if not isinstance(one, CodedTable):
            raise BenchmarkFailed("a row is not read in C, which is what is measured")
        if one.numbers.tolist() != other.numbers.tolist() or one.texts.tolist() != (
            other.texts.tolist()
        ):
            raise ValueError("the reader in C does not read what that in Python does")
    return [
        Candidate(name, partial(measure_rows, partial(read_line, each), bodies))
        for name, each in {"CSV, read in C": reader, "CSV, read in Python": schema}.items()
    ]


def _fit(rows: list[tuple[str, ...]], names: tuple[str, ...]) -> tuple[FittedRecipe, Table]:
    records = Records(rows, names)
    given = {"target": NO_TARGET, "columns": json.dumps(_RECIPE)}
    recipe = build_recipe(
        ChannelRecords(names, (records,)), merge_request(resolve_hyperparameters(SCHEMA, given))
    )
    table = recipe.build_schema().to_table(records)
    return fit_recipe(recipe, table), table


def _require_equal(done: FittedRecipe, table: Table) -> None:
    """Raise ValueError unless the plan gives scikit-learn's bits at scikit-learn's places."""
    expected = done.transformer.transform(build_frame(table, done.recipe.build_schema()))
    found = done.plan.apply_sparse(table)
    same = (
        np.array_equal(found.starts, expected.indptr)
        and np.array_equal(found.indices, expected.indices)
        and found.values.tobytes() == expected.data.astype(np.float32).tobytes()
    )
    if not same or any(isinstance(block, SklearnBlock) for block in done.plan.blocks):
        raise ValueError("the plan does not give scikit-learn's bits")


BENCHMARK = Benchmark("transform_text", "One text: the plan against scikit-learn", _prepare)
