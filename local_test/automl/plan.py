"""What a search is to do, and its data prepared for it."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from local_test.automl.data.digests import hash_table
from local_test.automl.data.leaks import LeakFinding, find_leaks
from local_test.automl.data.problem import Objective, ProblemType, choose_objective
from local_test.automl.data.profile import Profile, profile_data
from local_test.automl.data.splits import SplitRows, SplitRule, split_rows
from local_test.automl.data.tabular_file import TabularFile
from local_test.automl.recipes import RecipeVariant, list_recipes
from local_test.automl.trial_jobs import TrialData
from local_test.errors import UserError

PARTS = ("train", "validation", "held-out")
_PLAN = "plan.json"
_CELLS_A_SECOND = 4000
"""Cells that are cross-validated for each second of a search; FLAML takes 2,800."""


@dataclass(frozen=True)
class SearchOptions:
    """What a caller asks for.

    `time_column` and `group_column` part the rows; columns in `keep` are used whatever the checks
    find, those in `leave_out` never. `validation_share` makes a validation set of that share.
    """

    target: str
    problem: ProblemType | None = None
    metric: str = "Auto"
    time_column: str = ""
    group_column: str = ""
    keep: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()
    validation_share: float | None = None
    boosters: tuple[str, ...] = ("gbtree", "gblinear")
    seed: int = 0


@dataclass(frozen=True)
class SearchBudget:
    """When a search ends: seconds, finished candidates, or both; `parallel` run side by side.

    With `prune` candidates whose losses fall behind are stopped.
    """

    seconds: float = 600.0
    candidates: int = 10_000
    parallel: int = 1
    prune: bool = True


@dataclass(frozen=True)
class SearchPlan:
    """A search over prepared data."""

    options: SearchOptions
    profile: Profile
    objective: Objective
    findings: tuple[LeakFinding, ...]
    recipes: tuple[RecipeVariant, ...]
    data: TrialData
    sizes: dict[str, int] = field(default_factory=dict)

    @property
    def problem(self) -> ProblemType:
        """The problem type."""
        return self.profile.problem

    @property
    def held_out(self) -> tuple[Path, str, str]:
        """The held-out rows: file, content type, target."""
        return self.data.locate("held-out"), self.data.content_type, self.options.target

    def find_recipe(self, name: str) -> RecipeVariant:
        """Return a recipe by its name."""
        return next(recipe for recipe in self.recipes if recipe.name == name)


def make_plan(
    data: TabularFile, options: SearchOptions, folder: Path, seconds: float | None = None
) -> SearchPlan:
    """Profile, check and split the data, and write the parts below `folder`.

    Data that are too large for a cross-validation of candidates in `seconds` get validation rows.
    Raises UserError when the options do not suit the data, or `folder` has another search.
    """
    for name in (options.time_column, options.group_column, *options.keep, *options.leave_out):
        if name and name not in data.columns:
            raise UserError(f"there is no column {name!r}", "name one of the header")
    profile = profile_data(data, options.target, options.problem)
    objective = choose_objective(profile.problem, options.metric)
    findings = find_leaks(data, profile, options.keep)
    dropped = [found.column for found in findings if found.dropped] + list(options.leave_out)
    if options.group_column and options.group_column not in options.keep:
        dropped.append(options.group_column)
    dropped = sorted(set(dropped))
    if not set(data.columns) - {options.target, *dropped}:
        raise UserError("no column is left to predict from", "keep one with --keep")
    labels = data.read_texts(options.target)
    recipes = tuple(list_recipes(profile, dropped, labels, options.boosters))
    few = seconds is None or data.rows * len(data.columns) <= _CELLS_A_SECOND * seconds
    few = _check_same_search(folder, data, options, few=few)
    rule = _make_rule(data, options, few=few)
    rows = split_rows(labels, rule, stratify=profile.problem.has_classes, seed=options.seed)
    prepared = _write_parts(data, rows, folder / "data")
    sizes = dict(zip(PARTS, map(len, (rows.train, rows.validation, rows.held_out)), strict=True))
    return SearchPlan(options, profile, objective, tuple(findings), recipes, prepared, sizes)


def _make_rule(data: TabularFile, options: SearchOptions, *, few: bool) -> SplitRule:
    times = data.read_texts(options.time_column) if options.time_column else ()
    groups = data.read_texts(options.group_column) if options.group_column else ()
    return SplitRule(times, groups, options.validation_share, cross_validated=few)


def _check_same_search(
    folder: Path, data: TabularFile, options: SearchOptions, *, few: bool
) -> bool:
    """Record the search in `folder`; return whether its data are few, as recorded the first time.

    Raises UserError when another search is recorded there.
    """
    path = folder / _PLAN
    if path.exists():
        few = bool(json.loads(path.read_text(encoding="utf-8")).get("few", few))
    facts = {
        "few": few,
        "options": asdict(options),
        "rows": data.rows,
        "columns": data.columns,
        "sha256": hash_table(data.cells),
    }
    text = json.dumps(facts, indent=1) + "\n"
    if path.exists() and path.read_text(encoding="utf-8") != text:
        raise UserError(
            f"{folder} has a search of other data or options", "give another --output folder"
        )
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return few


def _write_parts(data: TabularFile, rows: SplitRows, folder: Path) -> TrialData:
    prepared = TrialData(folder, data.suffix, data.content_type, rows.cross_validated)
    numbers = (rows.train, rows.validation, rows.held_out)
    for part, chosen in zip(PARTS, numbers, strict=True):
        if len(chosen):
            path = prepared.locate(part)
            path.parent.mkdir(parents=True, exist_ok=True)
            data.select(chosen).write(path)
    return prepared


def list_dropped(findings: Sequence[LeakFinding]) -> list[str]:
    """Return the names of the columns that no candidate uses."""
    return [found.column for found in findings if found.dropped]
