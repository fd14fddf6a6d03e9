"""One text transformed by the plan that serves, and by the vectorizer it replays."""

from __future__ import annotations

import json
import random
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.harness.benchmark import Benchmark, Candidate, Goal, Plan
from benchmarks.serving.transform_row import measure_rows
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
from tandem.data.tables import Records, Table

_TEXTS, _WORDS, _VOCABULARY = 2000, 250, 30_000
_FEATURES = 20_000
_RECIPE = {"text": {"clean": {"letters_only": True}, "tfidf": {"max_features": _FEATURES}}}
_ROUNDS, _TIMED = 5, 200
_SEED = 4
_SENT = "application/x-recordio-protobuf"


def _prepare(_: Path) -> Plan:
    done, table = _fit(_make_texts())
    rows = list(table.split(1))[:_TIMED]
    frames = [build_frame(row, done.recipe.build_schema()) for row in rows]
    _require_equal(done, table)
    model = TransformModel(done.recipe, done.plan)
    sent = [_measure_size(model.predict(row)) for row in rows]
    plan, library = "plan", "scikit-learn"
    return Plan(
        [
            Candidate(plan, partial(measure_rows, done.plan.apply_sparse, rows)),
            Candidate(library, partial(measure_rows, done.transformer.transform, frames)),
        ],
        [Goal("one_text_scikit_learn_over_plan", "ms_a_row", library, plan, least=6)],
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


def _fit(texts: list[str]) -> tuple[FittedRecipe, Table]:
    records = Records([(text,) for text in texts], ("text",))
    given = {"target": NO_TARGET, "columns": json.dumps(_RECIPE)}
    recipe = build_recipe(
        ChannelRecords(("text",), (records,)), merge_request(resolve_hyperparameters(SCHEMA, given))
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
