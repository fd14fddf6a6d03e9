"""The report of a search as one HTML file without links to elsewhere."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader

from local_test.automl.candidates import SearchCandidate, rank
from local_test.automl.data.scores import count_confusions
from local_test.automl.data.tabular_file import read_file
from local_test.automl.outcome import Winner
from local_test.automl.plan import SearchPlan
from local_test.automl.predictions import read_classes
from local_test.automl.report.charts import Chart, draw_bars, draw_lines
from local_test.automl.search import CandidateSearch

_MOST_ROWS, _WORST, _PARTS = 50, 10, 5
_MOST_CELLS = 12


def write_report(plan: SearchPlan, search: CandidateSearch, winner: Winner, path: Path) -> None:
    """Write the report: what was tried, what helped, curves, importances, errors."""
    environment = Environment(
        loader=PackageLoader("local_test.automl.report", "."), autoescape=True
    )
    candidates = search.candidates
    ranked = rank(candidates, plan.objective)
    page = environment.get_template("report.html.jinja").render(
        plan=plan,
        winner=winner,
        candidates=ranked[:_MOST_ROWS],
        counts=_count_states(candidates),
        seconds=search.spent,
        progress=_draw_progress(plan, candidates),
        recipes=_compare_recipes(plan, ranked),
        curves=_draw_curves(winner),
        importance=_draw_importance(winner),
        errors=_find_worst(plan, winner),
        confusion=_tabulate_confusion(plan, winner),
        segments=_compare_segments(plan, winner),
        failures=[one for one in candidates if one.failure][:_WORST],
    )
    path.write_text(page, encoding="utf-8")


def _count_states(candidates: Sequence[SearchCandidate]) -> dict[str, int]:
    states = [one.state for one in candidates]
    return {state: states.count(state) for state in sorted(set(states))}


def _draw_progress(plan: SearchPlan, candidates: Sequence[SearchCandidate]) -> Chart | None:
    """Draw the best score so far over the candidates."""
    points: list[tuple[float, float]] = []
    for number, one in enumerate(candidates, start=1):
        if one.score is not None:
            best = one.score
            if points and not plan.objective.is_better(best, points[-1][1]):
                best = points[-1][1]
            points.append((number, best))
    return draw_lines({"best so far": points}, "candidates", plan.objective.name)


def _compare_recipes(plan: SearchPlan, ranked: Sequence[SearchCandidate]) -> list[dict[str, Any]]:
    """Return the best score of each recipe, the best recipe first."""
    rows: list[dict[str, Any]] = []
    for recipe in plan.recipes:
        own = [one for one in ranked if one.recipe == recipe.name]
        first = min(own, key=lambda one: one.number, default=None)
        rows.append(
            {
                "name": recipe.name,
                "booster": " ".join(recipe.boosters),
                "sentence": recipe.sentence,
                "count": len(own),
                "first": first.score if first else None,
                "best": own[0].score if own else None,
            }
        )
    places = {one.recipe: place for place, one in reversed(list(enumerate(ranked)))}
    return sorted(rows, key=lambda row: places.get(row["name"], len(ranked)))


def _draw_curves(winner: Winner) -> Chart | None:
    curves = winner.training.get("learning_curves", {})
    lines = {
        f"{part} {metric}": [(number + 1.0, float(value)) for number, value in enumerate(values)]
        for part, metrics in curves.items()
        for metric, values in list(metrics.items())[-1:]
    }
    names = {name.split()[-1] for name in lines}
    return draw_lines(lines, "rounds", ", ".join(sorted(names)))


def _draw_importance(winner: Winner) -> Chart | None:
    shares = winner.training.get("importance", {})
    top = sorted(shares.items(), key=lambda item: -item[1])[:15]
    return draw_bars([(name, float(share)) for name, share in top]) if top else None


def _measure_errors(plan: SearchPlan, winner: Winner) -> Any:
    """Return the error of each held-out row: distance, or 1 less the probability of its class."""
    answers = winner.answers
    if not plan.problem.has_classes:
        return np.abs(answers.labels - answers.values)
    outputs = answers.outputs
    if outputs.shape[1] == 1:
        outputs = np.column_stack([1 - outputs[:, 0], outputs[:, 0]])
    return 1 - outputs[np.arange(len(outputs)), answers.labels.astype(np.intp)]


def _find_worst(plan: SearchPlan, winner: Winner) -> dict[str, Any]:
    errors = _measure_errors(plan, winner)
    data = read_file(plan.held_out[0])
    names = [plan.options.target, *(name for name in data.columns if name != plan.options.target)]
    names = names[:_MOST_CELLS]
    classes = read_classes(winner.folder / "transform")
    rows = []
    for row in np.argsort(-errors, kind="stable")[:_WORST]:
        answers = winner.answers
        predicted = f"{answers.values[row]:.6g}" if not classes else classes[answers.classes[row]]
        cells = [str(data.cells.column(name)[int(row)].as_py()) for name in names]
        rows.append((f"{errors[row]:.4g}", predicted, cells))
    return {"names": names, "rows": rows}


def _tabulate_confusion(plan: SearchPlan, winner: Winner) -> dict[str, Any]:
    classes = read_classes(winner.folder / "transform")
    if not plan.problem.has_classes or len(classes) > _MOST_CELLS:
        return {}
    table = count_confusions(winner.answers, len(classes))
    return {"classes": classes, "rows": list(zip(classes, table.tolist(), strict=True))}


def _compare_segments(plan: SearchPlan, winner: Winner) -> list[tuple[str, str, int, float, float]]:
    """Return the parts of the held-out rows with the largest mean error, against the rest's."""
    errors = _measure_errors(plan, winner)
    data = read_file(plan.held_out[0])
    found = []
    for column in plan.profile.columns:
        if column.name == plan.options.target or column.distinct < 2:
            continue
        texts = np.array(data.read_texts(column.name))
        for label, rows in _part_column(texts, number=column.is_number):
            if 10 <= rows.sum() < len(rows):
                inside, outside = errors[rows], errors[~rows]
                noise = np.sqrt(inside.var() / len(inside) + outside.var() / len(outside))
                lead = (inside.mean() - outside.mean()) / (noise or 1.0)
                shown = (column.name, label, int(rows.sum()), float(inside.mean()))
                found.append((lead, (*shown, float(outside.mean()))))
    found.sort(key=lambda item: -item[0])
    return [row for lead, row in found[:_WORST] if lead > 2]


def _part_column(texts: Any, *, number: bool) -> list[tuple[str, Any]]:
    if not number:
        return [(str(text) or "(missing)", texts == text) for text in np.unique(texts)]
    values = np.array([float(text) if text else np.nan for text in texts])
    edges = np.unique(np.nanquantile(values, np.linspace(0, 1, _PARTS + 1)))
    parts = [
        (f"{low:.6g} to {high:.6g}", (values >= low) & (values <= high))
        for low, high in pairwise(edges)
    ]
    return [*parts, ("(missing)", np.isnan(values))]
