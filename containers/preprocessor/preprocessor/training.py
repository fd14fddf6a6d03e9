"""`train`: finds out what the columns are, fits the transform, writes it and describes it."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path

from preprocessor import (
    announcing,
    asking,
    baseline,
    explaining,
    known,
    missing_target,
    plan,
    recipe,
    report,
    whole,
)
from preprocessor.asking import Asked
from preprocessor.deciding import decide
from preprocessor.fallback import FittedBlock
from preprocessor.fitting import Fitted
from preprocessor.own import code, naming
from preprocessor.parts.bounds import in_parts
from preprocessor.parts.data import Parted
from preprocessor.profile import plain, profiles
from preprocessor.recipe import Recipe
from preprocessor.summaries.columns import Column
from preprocessor.summaries.data import Data
from preprocessor.whole import Whole
from tandem.data import feature_list
from tandem.files import write_atomic
from tandem.job import Job
from tandem.logs import logger
from tandem.script import source
from tandem.script.program import CODE


def train(job: Job) -> None:
    """Fit the transform of the training channel and write `transform.json` and `recipe.json`.

    Beside the artifact, in `output/data`, it writes Model Monitor's baseline and `report.html`.
    Of several hosts the first one writes.

    Raises UserError for what the user can mend, and Stopped when the platform asks for an end: the
    model folder then stays as it was.
    """
    asked = asking.of_job(job)
    with _opened(job, asked) as data:
        if data is not None:
            _train(job, asked, data)


def _train(job: Job, asked: Asked, data: Whole | Parted) -> None:
    lacking, left_out = missing_target.settled(data, asked)
    if lacking is not None:
        data = data.without(lacking)
    decided = replace(decide(data, asked), left_out=left_out)
    explaining.log(decided, _target(data, decided))
    folder = code.fetch(job) if naming.any_own(decided) else None
    with code.importing(folder) if folder else nullcontext():
        naming.check(decided)
    job.stop.check()
    fitted = data.fit(decided)
    job.stop.check()
    _write(job.model_dir, fitted, folder)
    logger.info("%d rows fitted: %d features", data.rows, fitted.plan.width)
    _describe(job, asked, data, fitted.recipe)


def _target(data: Data, decided: Recipe) -> Column | None:
    if decided.target is None:
        return None
    missing = frozenset({"", *decided.missing_values})
    return data.summary(decided.target, missing, decided.target_format)


def _opened(job: Job, asked: Asked) -> AbstractContextManager[Whole | Parted | None]:
    channel = replace(job.channel("train", "training"), keep=asked.names)
    if not in_parts(job, asked, channel):
        return whole.opened(job, channel)
    from preprocessor.parts.opening import opened

    return opened(job, asked, channel)


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


def _describe(job: Job, asked: Asked, data: Data, finished: Recipe) -> None:
    folder = job.paths.output_data
    folder.mkdir(parents=True, exist_ok=True)
    columns = profiles(data, finished)
    baseline.write(folder, columns)
    report.write(folder, finished, plain(columns, data, finished), asked.values)
    names = (baseline.STATISTICS, baseline.CONSTRAINTS, report.NAME)
    logger.info("wrote %s to %s", ", ".join(names), folder)
