"""`train`: finds out what the columns are, fits the transform, writes it and describes it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from preprocessor import baseline, parity, plan, recipe, report
from preprocessor.deciding import decide
from preprocessor.pipeline import blocks, build, frame
from preprocessor.profile import profiles
from preprocessor.raw import Raw, read
from preprocessor.recipe import DROP, Recipe
from tandem.data.schemas import RecordSchema
from tandem.data.tables import Table
from tandem.errors import UserError
from tandem.files import write_atomic
from tandem.job import Job
from tandem.logs import logger


def train(job: Job) -> None:
    """Fit the transform of the training channel and write `transform.json` and `recipe.json`.

    Beside the artifact, in `output/data`, it writes Model Monitor's baseline and `report.html`.

    Raises UserError for what the user can mend, and Stopped when the platform asks for an end: the
    model folder then stays as it was.
    """
    raw = read(job.channel("train", "training"))
    job.stop.check()
    decided = decide(raw, job.hyperparameters)
    _explain(decided)
    schema = decided.schema()
    table = _table(raw, schema)
    job.stop.check()
    transformer = build(decided).fit(frame(table, schema))
    fitted = plan.from_fitted(transformer, blocks(decided), schema)
    parity.check(transformer, fitted, schema, table)
    job.stop.check()
    finished = replace(decided, features=_features(transformer))
    write_atomic(job.model_dir / plan.NAME, fitted.to_json())
    write_atomic(job.model_dir / recipe.NAME, finished.to_json())
    logger.info("%d rows fitted: %d features", len(table), fitted.width)
    _describe(job, raw, finished)


def _describe(job: Job, raw: Raw, finished: Recipe) -> None:
    folder = job.paths.output_data
    folder.mkdir(parents=True, exist_ok=True)
    columns = profiles(raw, finished)
    baseline.write(folder, columns)
    report.write(folder, finished, columns, job.hyperparameters)
    names = (baseline.STATISTICS, baseline.CONSTRAINTS, report.NAME)
    logger.info("wrote %s to %s", ", ".join(names), folder)


def _table(raw: Raw, schema: RecordSchema) -> Table:
    tables = [schema.table(file) for file in raw.files]
    return Table(
        np.concatenate([table.numbers for table in tables]),
        np.concatenate([table.texts for table in tables]),
    )


def _features(transformer: Any) -> tuple[str, ...]:
    try:
        return tuple(str(name) for name in transformer.get_feature_names_out())
    except ValueError as error:
        raise UserError(
            "two features would have one name", remedy="Rename the column of that name"
        ) from error


def _explain(decided: Recipe) -> None:
    for column in decided.columns:
        options = " ".join(f"{name}={value}" for name, value in column.options.items())
        missing = f", {column.missing} missing" if column.missing else ""
        logger.info(
            "column %s: %s (%s%s)",
            column.name,
            f"{column.step} {options}".strip(),
            column.reason,
            missing,
        )
    dropped = [column.name for column in decided.columns if column.step == DROP]
    if dropped:
        logger.warning("left out: %s", ", ".join(dropped))
