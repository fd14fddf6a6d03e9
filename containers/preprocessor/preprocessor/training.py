"""`train`: infers the recipe, fits the transform, and writes artifact, baseline and report."""

from __future__ import annotations

import hashlib
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path

from preprocessor import channel_features
from preprocessor.data.training_data import TrainingData
from preprocessor.describe import report
from preprocessor.describe.column_profile import apply_formats, build_profiles
from preprocessor.fit import in_memory
from preprocessor.fit.in_memory import InMemoryDataset
from preprocessor.fit.out_of_core.dataset import OutOfCoreDataset
from preprocessor.fit.out_of_core.memory_bounds import must_fit_in_parts
from preprocessor.fit.recipe_fit import FittedRecipe
from preprocessor.hyperparameters import WRITE_FEATURES
from preprocessor.infer import decision_log, missing_target
from preprocessor.infer.recipe_builder import build_recipe
from preprocessor.plan import feature_metadata, fitted_transform, training_rows
from preprocessor.plan.sklearn_block import SklearnBlock
from preprocessor.recipe import custom_classes, definition, recipe_request
from preprocessor.recipe.definition import Recipe
from preprocessor.recipe.recipe_request import RecipeRequest
from preprocessor.transforms.custom import job_code
from tandem.baseline import baseline_files
from tandem.contract.entry_point import CODE
from tandem.contract.run_log import LoggedDataset
from tandem.contract.training_job import Job
from tandem.data import feature_list
from tandem.data.summaries.column_summary import ColumnSummary
from tandem.io.atomic_write import write_atomic
from tandem.logs import logger
from tandem.script import source_dir

_DIGEST_LENGTH = 32


def train(job: Job) -> None:
    """Fit the transform of the training channel and write `transform.json` and `recipe.json`.

    Beside the artifact, in `output/data`, it writes Model Monitor's baseline and `report.html`, or
    with `write_features` the features of its channels.
    Of several hosts the first one writes.

    Raises UserError for errors that the user can correct, and Stopped after SIGTERM: the model
    folder is then unchanged.
    """
    request = recipe_request.read_request(job)
    with _open_dataset(job, request) as data:
        if data is not None:
            _train(job, request, data)


def _train(job: Job, request: RecipeRequest, data: InMemoryDataset | OutOfCoreDataset) -> None:
    lacking, left_out = missing_target.decide_left_out_rows(data, request)
    if lacking is not None:
        data = data.drop_missing_targets(lacking)
    recipe = replace(build_recipe(data, request), left_out=left_out)
    decision_log.log_decisions(recipe, _summarize_target(data, recipe))
    folder = job_code.fetch_code(job) if custom_classes.needs_job_code(recipe) else None
    with job_code.enable_imports(folder) if folder else nullcontext():
        custom_classes.check_classes(recipe)
    job.stop.check()
    fitted = data.fit(recipe)
    job.stop.check()
    _write_artifact(job.model_dir, fitted, folder)
    logger.info("%d rows fitted: %d features", data.rows, fitted.plan.width)
    _write_descriptions(job, request, data, fitted.recipe)
    if request.values[WRITE_FEATURES]:
        channel_features.write_features(job)
    _record_run(job, data, fitted.plan.width)


def _summarize_target(data: TrainingData, recipe: Recipe) -> ColumnSummary | None:
    if recipe.target is None:
        return None
    missing = frozenset({"", *recipe.missing_values})
    return data.summarize(recipe.target, missing, recipe.target_format)


def _open_dataset(
    job: Job, request: RecipeRequest
) -> AbstractContextManager[InMemoryDataset | OutOfCoreDataset | None]:
    channel = replace(job.channel("train", "training"), data_columns=request.named_columns)
    if not must_fit_in_parts(job, request, channel):
        return in_memory.open_dataset(job, channel)
    from preprocessor.fit.out_of_core.job_dataset import open_dataset

    return open_dataset(job, request, channel)


def _write_artifact(folder: Path, fitted: FittedRecipe, code: Path | None) -> None:
    if code:
        source_dir.copy_code(code, folder / CODE)
    for block in fitted.plan.blocks:
        if isinstance(block, SklearnBlock):
            write_atomic(folder / block.file, block.to_bytes())
    if fitted.plan.rows:
        write_atomic(folder / training_rows.NAME, fitted.plan.rows.to_bytes())
    write_atomic(folder / fitted_transform.NAME, fitted.plan.to_json())
    listed = feature_metadata.build_feature_list(fitted.recipe.features, fitted.plan)
    write_atomic(folder / feature_list.NAME, listed.to_json())
    write_atomic(folder / definition.NAME, fitted.recipe.to_json())


def _write_descriptions(
    job: Job, request: RecipeRequest, data: TrainingData, recipe: Recipe
) -> None:
    folder = job.paths.output_data
    folder.mkdir(parents=True, exist_ok=True)
    columns = build_profiles(data, recipe)
    baseline_files.write_baseline(folder, columns)
    names = [baseline_files.STATISTICS, baseline_files.CONSTRAINTS]
    if not request.values[WRITE_FEATURES]:
        report.write_report(folder, recipe, apply_formats(columns, data, recipe), request.values)
        names.append(report.NAME)
    logger.info("wrote %s to %s", ", ".join(names), folder)


def _record_run(job: Job, data: TrainingData, features: int) -> None:
    """Record the training set and its size; the statistics of its columns identify its content."""
    if not job.run_log.active:
        return
    statistics = (job.paths.output_data / baseline_files.STATISTICS).read_bytes()
    digest = hashlib.sha256(statistics).hexdigest()[:_DIGEST_LENGTH]
    size = {"rows": float(data.rows), "columns": float(len(data.names))}
    job.run_log.log_dataset(LoggedDataset("train", digest, size))
    job.run_log.log_metrics({**size, "features": float(features)}, 0)
