"""`train`: finds out what the columns are, fits the transform, writes it and describes it."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path

from preprocessor.data.summaries.column_summary import ColumnSummary
from preprocessor.data.training_data import TrainingData
from preprocessor.describe import model_monitor, report
from preprocessor.describe.column_profile import apply_formats, build_profiles
from preprocessor.fit import in_memory
from preprocessor.fit.in_memory import InMemoryDataset
from preprocessor.fit.out_of_core.dataset import OutOfCoreDataset
from preprocessor.fit.out_of_core.memory_bounds import must_fit_in_parts
from preprocessor.fit.recipe_fit import Fitted
from preprocessor.infer import decision_log, missing_target
from preprocessor.infer.recipe_builder import build_recipe
from preprocessor.plan import feature_metadata, fitted_transform, training_rows
from preprocessor.plan.sklearn_block import FittedBlock
from preprocessor.recipe import custom_classes, definition, recipe_request
from preprocessor.recipe.definition import Recipe
from preprocessor.recipe.recipe_request import Asked
from preprocessor.transforms.custom import job_code
from tandem.contract.entry_point import CODE
from tandem.contract.training_job import Job
from tandem.data import feature_list
from tandem.io.atomic_write import write_atomic
from tandem.logs import logger
from tandem.script import source_dir


def train(job: Job) -> None:
    """Fit the transform of the training channel and write `transform.json` and `recipe.json`.

    Beside the artifact, in `output/data`, it writes Model Monitor's baseline and `report.html`.
    Of several hosts the first one writes.

    Raises UserError for what the user can mend, and Stopped when the platform asks for an end: the
    model folder then stays as it was.
    """
    asked = recipe_request.of_job(job)
    with _opened(job, asked) as data:
        if data is not None:
            _train(job, asked, data)


def _train(job: Job, asked: Asked, data: InMemoryDataset | OutOfCoreDataset) -> None:
    lacking, left_out = missing_target.decide_left_out_rows(data, asked)
    if lacking is not None:
        data = data.drop_missing_targets(lacking)
    decided = replace(build_recipe(data, asked), left_out=left_out)
    decision_log.log_decisions(decided, _target(data, decided))
    folder = job_code.fetch(job) if custom_classes.any_own(decided) else None
    with job_code.importing(folder) if folder else nullcontext():
        custom_classes.check(decided)
    job.stop.check()
    fitted = data.fit(decided)
    job.stop.check()
    _write(job.model_dir, fitted, folder)
    logger.info("%d rows fitted: %d features", data.rows, fitted.plan.width)
    _describe(job, asked, data, fitted.recipe)


def _target(data: TrainingData, decided: Recipe) -> ColumnSummary | None:
    if decided.target is None:
        return None
    missing = frozenset({"", *decided.missing_values})
    return data.summarize(decided.target, missing, decided.target_format)


def _opened(
    job: Job, asked: Asked
) -> AbstractContextManager[InMemoryDataset | OutOfCoreDataset | None]:
    channel = replace(job.channel("train", "training"), data_columns=asked.names)
    if not must_fit_in_parts(job, asked, channel):
        return in_memory.open_dataset(job, channel)
    from preprocessor.fit.out_of_core.job_dataset import open_dataset

    return open_dataset(job, asked, channel)


def _write(folder: Path, fitted: Fitted, own: Path | None) -> None:
    if own:
        source_dir.copy_code(own, folder / CODE)
    for block in fitted.plan.blocks:
        if isinstance(block, FittedBlock):
            write_atomic(folder / block.file, block.contents())
    if fitted.plan.rows:
        write_atomic(folder / training_rows.NAME, fitted.plan.rows.contents())
    write_atomic(folder / fitted_transform.NAME, fitted.plan.to_json())
    listed = feature_metadata.feature_list(fitted.recipe.features, fitted.plan)
    write_atomic(folder / feature_list.NAME, listed.to_json())
    write_atomic(folder / definition.NAME, fitted.recipe.to_json())


def _describe(job: Job, asked: Asked, data: TrainingData, finished: Recipe) -> None:
    folder = job.paths.output_data
    folder.mkdir(parents=True, exist_ok=True)
    columns = build_profiles(data, finished)
    model_monitor.write_baseline(folder, columns)
    report.write_report(folder, finished, apply_formats(columns, data, finished), asked.values)
    names = (model_monitor.STATISTICS, model_monitor.CONSTRAINTS, report.NAME)
    logger.info("wrote %s to %s", ", ".join(names), folder)
