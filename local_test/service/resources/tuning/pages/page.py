"""The page of a tuning job: its trials as a table, over time, and as parallel coordinates."""

import math
from collections.abc import Mapping, Sequence
from functools import partial
from operator import gt, lt
from pathlib import Path
from typing import Any

from local_test.errors import UserError
from local_test.runs.run import Run, Value, format_value
from local_test.runs.table import build_table, read_cell
from local_test.secret_names import MASK, looks_secret
from local_test.service.backend import Backend
from local_test.service.resources.experiment_pages.charts import choose_colours, describe_charts
from local_test.service.resources.page import Page
from local_test.service.resources.training.resource import TRAINING_JOB
from local_test.service.resources.tuning.earlier_trials import list_earlier_trials
from local_test.service.resources.tuning.pages.progress_chart import (
    HEIGHT,
    WIDTH,
    Trial,
    draw_progress,
)
from local_test.service.resources.tuning.resource import TUNING_JOB
from local_test.service.storage.records import Record

_SHOWN = 500
_OBJECTIVE = "FinalHyperParameterTuningJobObjectiveMetric"


def _fill(backend: Backend, region: str, record: Record) -> dict[str, Any]:
    objectives = _list_objectives(record)
    names = {one["MetricName"] for one in objectives}
    metric = names.pop() if len(names) == 1 else "objective"
    trials = list_earlier_trials(backend, region, record)
    runs = [_read_run(trial, metric) for trial in trials]
    begun = record["CreationTime"]
    ended = [
        Trial(run.display_name, trial["TrainingEndTime"] - begun, run.metrics[metric])
        for run, trial in zip(runs, trials, strict=True)
        if run.metrics and trial.get("TrainingEndTime")
    ]
    return {
        "region": region,
        "metric": metric,
        "best": (record.get("BestTrainingJob") or {}).get("TrainingJobName", ""),
        "total": len(runs),
        "progress": draw_progress(ended, gt if objectives[0]["Type"] == "Maximize" else lt),
        "size": (WIDTH, HEIGHT),
        "order": partial(_order, runs, metric),
    }


def _list_objectives(record: Record) -> list[Mapping[str, str]]:
    one = record["HyperParameterTuningJobConfig"].get("HyperParameterTuningJobObjective")
    several = record.get("TrainingJobDefinitions") or ()
    return [one] if one else [definition["TuningObjective"] for definition in several]


def _read_run(trial: Record, metric: str) -> Run:
    name, found = trial[TRAINING_JOB.name_field], trial.get(_OBJECTIVE)
    value = math.nan if found is None else float(found["Value"])
    seconds = trial.get("TrainingTimeInSeconds")
    return Run(
        name=name,
        display_name=name,
        arn=trial[TRAINING_JOB.arn_field],
        status=trial[TRAINING_JOB.status_field],
        created=trial["CreationTime"],
        seconds=None if seconds is None else float(seconds),
        parameters={
            key: _read_value(text) for key, text in trial.get("TunedHyperParameters", {}).items()
        },
        metrics={metric: value} if math.isfinite(value) else {},
        inputs={},
        outputs={},
        code={},
        source="",
    )


def _read_value(text: str) -> Value:
    try:
        return float(text)
    except ValueError:
        return text


def _order(runs: Sequence[Run], metric: str, arguments: Mapping[str, str]) -> dict[str, Any]:
    """Return rows and charts as the address filters and sorts them, all by age if it is wrong.

    `problem` says what is wrong.
    """
    text, descending = arguments.get("filter", ""), arguments.get("order") == "descending"
    problem = ""
    try:
        table = build_table(runs, text, arguments.get("sort", "created"), descending=descending)
    except UserError as error:
        table, problem = build_table(runs, descending=False), f"{error}."
    shown = table.runs[:_SHOWN]
    colours = choose_colours(shown, metric)
    columns = (*table.metrics, *table.parameters)
    rows = [
        {
            "run": run,
            "colour": colours.get(run.name),
            "seconds": "" if run.seconds is None else f"{run.seconds:.0f}",
            "cells": [_show(name, read_cell(run, name)) for name in columns],
        }
        for run in shown
    ]
    return {
        "filter": text,
        "problem": problem,
        "count": len(table.runs),
        "rows": rows,
        "columns": columns,
        "charts": describe_charts(shown, metric, colours, {}),
    }


def _show(name: str, value: object) -> str:
    if value is None:
        return ""
    return MASK if looks_secret(name) else format_value(value)


TUNING_PAGE = Page(TUNING_JOB, Path(__file__).with_name("tuning.html.jinja"), _fill)
