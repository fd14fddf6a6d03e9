"""The pages below `/console/experiments`.

`/` lists experiments, `/REGION/NAME` the runs of one; `/REGION/NAME/run/RUN` shows one of them with
its graphs, `/REGION/NAME/difference` compares two, and `/REGION/NAME/runs.csv` is the table as a
file.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from local_test.errors import UserError
from local_test.runs.difference import find_differences
from local_test.runs.run import Run, format_value
from local_test.runs.table import Table, build_table, list_columns, read_cell, write_csv
from local_test.secret_names import MASK, looks_secret
from local_test.service.api.api_errors import invalid
from local_test.service.backend import Backend
from local_test.service.resources.experiment_pages.charts import choose_colours, describe_charts
from local_test.service.resources.experiment_pages.content import (
    choose_metric,
    list_runs,
    read_curves,
)
from local_test.service.resources.experiment_pages.run_graphs import list_graphs
from local_test.service.resources.experiments.resource import EXPERIMENT
from local_test.service.resources.page import Download, Rendered, View

_SHOWN_RUNS = 500
_PAIR = 2
_SINGLE, _OF_RUNS, _OF_ONE = 2, 3, 4
_RUNNING = "InProgress"
_PACE_SECONDS = 2.0
"""Metrics of running runs come without a change of a record."""


def answer(
    backend: Backend, parts: Sequence[str], arguments: Mapping[str, Sequence[str]]
) -> Rendered | Download | None:
    """Return a page by its path, None where there is none. Raises ApiError for unknown names."""
    if not parts:
        return Rendered("experiments", {"experiments": _list_experiments(backend)}, is_live=True)
    if len(parts) == _SINGLE:
        return _show_runs(backend, parts[0], parts[1], arguments)
    if len(parts) == _OF_RUNS and parts[2] == "difference":
        return _show_difference(backend, parts[0], parts[1], arguments.get("run", ()))
    if len(parts) == _OF_ONE and parts[2] == "run":
        return _show_run(backend, parts[0], parts[1], parts[3])
    if len(parts) == _OF_RUNS and parts[2] == "runs.csv":
        table = _make_table(list_runs(backend, parts[0], parts[1]), arguments)[0]
        return Download(f"{parts[1]}.csv", "text/csv; charset=utf-8", write_csv(table))
    return None


def _list_experiments(backend: Backend) -> list[dict[str, Any]]:
    records = backend.records.list_all(EXPERIMENT)
    records.sort(key=lambda entry: entry[1]["CreationTime"], reverse=True)
    return [
        {
            "region": region,
            "name": record[EXPERIMENT.name_field],
            "display_name": record["DisplayName"],
            "made": record["CreationTime"],
            "description": record.get("Description", ""),
        }
        for region, record in records
    ]


def _first(arguments: Mapping[str, Sequence[str]], name: str, default: str) -> str:
    return next(iter(arguments.get(name, ())), default)


def _make_table(
    runs: Sequence[Run], arguments: Mapping[str, Sequence[str]]
) -> tuple[Table, str | None]:
    """Return the table that a request asks for, of all runs if it is wrong, and what is wrong."""
    text, order = _first(arguments, "filter", ""), _first(arguments, "sort", "created")
    descending = _first(arguments, "order", "descending") != "ascending"
    columns = arguments.get("column", ())
    try:
        return build_table(runs, text, order, descending=descending, columns=columns), None
    except UserError as error:
        return build_table(runs), f"{error}."


def _show_runs(
    backend: Backend, region: str, name: str, arguments: Mapping[str, Sequence[str]]
) -> Rendered:
    runs = list_runs(backend, region, name)
    table, problem = _make_table(runs, arguments)
    shown = table.runs[:_SHOWN_RUNS]
    metric = choose_metric(shown, _first(arguments, "metric", ""))
    colours = choose_colours(shown, metric)
    names = (*table.parameters, *table.metrics)
    parameters, metrics = list_columns(runs)
    return Rendered(
        "runs",
        {
            "region": region,
            "experiment": name,
            "filter": _first(arguments, "filter", ""),
            "sort": _first(arguments, "sort", "created"),
            "descending": _first(arguments, "order", "descending") != "ascending",
            "metric": metric,
            "problem": problem,
            "total": len(runs),
            "count": len(table.runs),
            "metrics": metrics,
            "offered": [*parameters, *metrics],
            "columns": names,
            "picked": list(arguments.get("column", ())),
            "rows": [_make_row(run, names, colours.get(run.name)) for run in shown],
            "charts": describe_charts(shown, metric, colours, read_curves(backend, shown, metric)),
        },
        is_live=True,
        pace=_find_pace(runs),
    )


def _find_pace(runs: Sequence[Run]) -> float:
    return _PACE_SECONDS if any(run.status == _RUNNING for run in runs) else 0.0


def _make_row(run: Run, names: Sequence[str], colour: str | None) -> dict[str, Any]:
    return {
        "run": run,
        "colour": colour,
        "seconds": "" if run.seconds is None else f"{run.seconds:.0f}",
        "cells": [_show(name, read_cell(run, name)) for name in names],
    }


def _show(name: str, value: object) -> str:
    if value is None:
        return ""
    return MASK if looks_secret(name) else format_value(value)


def _show_run(backend: Backend, region: str, experiment: str, name: str) -> Rendered:
    runs = {run.name: run for run in list_runs(backend, region, experiment)}
    if name not in runs:
        raise invalid(f"Unknown run of {experiment}: {name}. Go back and choose another one.")
    run = runs[name]
    parts = [
        ("Metrics", [(key, _show(key, value)) for key, value in run.metrics.items()]),
        ("Parameters", [(key, _show(key, value)) for key, value in run.parameters.items()]),
        ("Inputs", list(run.inputs.items())),
        ("Outputs", list(run.outputs.items())),
    ]
    values = {"region": region, "experiment": experiment, "run": run, "parts": parts}
    values["graphs"] = list_graphs(backend, region, run.arn)
    return Rendered("run", values, is_live=True, pace=_find_pace([run]))


def _show_difference(backend: Backend, region: str, name: str, chosen: Sequence[str]) -> Rendered:
    runs = {run.name: run for run in list_runs(backend, region, name)}
    if len(chosen) != _PAIR:
        raise invalid(f"Two runs are compared: {len(chosen)} chosen. Go back and tick two.")
    if missing := [one for one in chosen if one not in runs]:
        raise invalid(f"Unknown run of {name}: {missing[0]}. Go back and choose another one.")
    left, right = (runs[one] for one in chosen)
    differences = [
        (one.part, one.name, _show(one.name, one.left), _show(one.name, one.right))
        for one in find_differences(left, right)
    ]
    values = {"region": region, "experiment": name, "left": left, "right": right}
    return Rendered("difference", values | {"differences": differences})


EXPERIMENT_VIEW = View("experiments", Path(__file__).parent, answer)
