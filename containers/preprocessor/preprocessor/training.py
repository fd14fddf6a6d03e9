"""`train`: finds out what the columns are, fits the transform, writes it and describes it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import numpy as np

from preprocessor import announcing, asking, baseline, explaining, known, plan, recipe, report
from preprocessor.asking import Asked
from preprocessor.deciding import decide
from preprocessor.fallback import FittedBlock
from preprocessor.fitting import Fitted, fit
from preprocessor.own import code, naming
from preprocessor.profile import profiles
from preprocessor.raw import Raw, read
from preprocessor.recipe import Recipe
from tandem.data import feature_list
from tandem.data.counts import UNPARSABLE
from tandem.data.schemas import RecordSchema
from tandem.data.tables import Table
from tandem.errors import BadData
from tandem.files import write_atomic
from tandem.job import Job
from tandem.logs import logger
from tandem.script import source
from tandem.script.program import CODE


def train(job: Job) -> None:
    """Fit the transform of the training channel and write `transform.json` and `recipe.json`.

    Beside the artifact, in `output/data`, it writes Model Monitor's baseline and `report.html`.

    Raises UserError for what the user can mend, and Stopped when the platform asks for an end: the
    model folder then stays as it was.
    """
    asked = asking.of_job(job)
    raw = read(job.channel("train", "training"))
    job.stop.check()
    decided = decide(raw, asked)
    explaining.log(decided)
    folder = code.fetch(job) if naming.any_own(decided) else None
    with code.importing(folder) if folder else nullcontext():
        naming.check(decided)
    table = _table(raw, decided.schema())
    job.stop.check()
    with _located(raw):
        fitted = fit(decided, table)
    job.stop.check()
    _write(job.model_dir, fitted, folder)
    logger.info("%d rows fitted: %d features", len(table), fitted.plan.width)
    _describe(job, asked, raw, fitted.recipe)


@contextmanager
def _located(raw: Raw) -> Iterator[None]:
    """Give an error's row, which counts from 1 over all files, its file and its number there."""
    try:
        yield
    except BadData as error:
        row, column = error.where.row, error.where.column
        if row is not None and column is not None:
            error.where = raw.where(row - 1, column)
        raise


def _write(folder: Path, fitted: Fitted, own: Path | None) -> None:
    if own:
        source.keep(own, folder / CODE)
    for block in fitted.plan.blocks:
        if isinstance(block, FittedBlock):
            write_atomic(folder / block.file, block.contents())
    if fitted.plan.rows:
        write_atomic(folder / known.NAME, fitted.plan.rows.contents())
    write_atomic(folder / plan.NAME, fitted.plan.to_json())
    listed = announcing.feature_list(fitted.recipe.features, fitted.plan)
    write_atomic(folder / feature_list.NAME, listed.to_json())
    write_atomic(folder / recipe.NAME, fitted.recipe.to_json())


def _describe(job: Job, asked: Asked, raw: Raw, finished: Recipe) -> None:
    folder = job.paths.output_data
    folder.mkdir(parents=True, exist_ok=True)
    columns = profiles(raw, finished)
    baseline.write(folder, columns)
    report.write(folder, finished, columns, asked.values)
    names = (baseline.STATISTICS, baseline.CONSTRAINTS, report.NAME)
    logger.info("wrote %s to %s", ", ".join(names), folder)


def _table(raw: Raw, schema: RecordSchema) -> Table:
    tables = [schema.table(file) for file in raw.files]
    for table in tables:
        for column, count in table.counts.columns(UNPARSABLE) if table.counts else ():
            logger.warning("%s: %d texts are no numbers, and are taken as missing", column, count)
    labels = [table.label for table in tables if table.label is not None] or None
    weights = [table.weight for table in tables if table.weight is not None] or None
    return Table(
        np.concatenate([table.numbers for table in tables]),
        np.concatenate([table.texts for table in tables]),
        None if labels is None else np.concatenate(labels),
        weight=None if weights is None else np.concatenate(weights),
    )
