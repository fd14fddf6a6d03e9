"""`automl`: searches for the best model of a data set, and leaves one that deploys."""

import os
import threading
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local_test.commands.shared.answer import Answer, Key
from local_test.commands.shared.command import Command
from local_test.commands.shared.options import add_engine, choose_engine, parse_count
from local_test.errors import UserError
from local_test.extras import require_extra
from local_test.output import print_answer, report_progress

if TYPE_CHECKING:
    from local_test.automl.leaderboard import Leaderboard
    from local_test.automl.outcome import Winner
    from local_test.automl.plan import SearchOptions, SearchPlan
    from local_test.automl.search import CandidateSearch

_SPLITS = ("random", "time", "group")
_MAX_NAME = 20
_MOST_PARALLEL = 4


def _parse_minutes(text: str) -> float:
    """Return a positive number of minutes. Raises ArgumentTypeError for another text."""
    try:
        minutes = float(text)
    except ValueError:
        minutes = 0.0
    if not 0 < minutes <= 100_000:
        raise ArgumentTypeError(f"invalid minutes: {text!r}. Give a number above 0")
    return minutes


def _add_options(parser: ArgumentParser) -> None:
    parser.add_argument("data", type=Path, metavar="FILE", help="CSV with a header, or Parquet")
    parser.add_argument("--target", required=True, metavar="COLUMN", help="the column to predict")
    parser.add_argument(
        "--minutes",
        type=_parse_minutes,
        default=10.0,
        help="time budget of the search (default: %(default)g)",
    )
    parser.add_argument(
        "--candidates",
        type=parse_count,
        default=10_000,
        metavar="N",
        help="maximum number of candidates (default: as many as the time allows)",
    )
    parser.add_argument(
        "--parallel",
        type=parse_count,
        default=min(os.cpu_count() or 1, _MOST_PARALLEL),
        metavar="N",
        help="candidates trained at the same time, each with one thread; 1 trains one at a time "
        f"with all threads (default: one for each processor, at most {_MOST_PARALLEL})",
    )
    parser.add_argument(
        "--problem",
        choices=("auto", "Regression", "BinaryClassification", "MulticlassClassification"),
        default="auto",
        help="problem type (default: inferred from the target's values)",
    )
    parser.add_argument(
        "--metric",
        default="Auto",
        help="objective metric, as in AutoMLJobObjective (default: MSE; F1 for two classes, "
        "Accuracy for more)",
    )
    parser.add_argument(
        "--split",
        nargs="+",
        default=["random"],
        metavar=("HOW", "COLUMN"),
        help="how validation and held-out rows are chosen: random (stratified by class), "
        "time COLUMN (the last rows), or group COLUMN (whole groups)",
    )
    parser.add_argument(
        "--keep",
        action="append",
        default=[],
        metavar="COLUMN",
        help="use a column that a check would leave out (may be repeated)",
    )
    parser.add_argument(
        "--drop",
        action="append",
        default=[],
        metavar="COLUMN",
        help="leave a column out (may be repeated)",
    )
    parser.add_argument("--seed", type=int, default=0, help="random seed (default: %(default)d)")
    parser.add_argument(
        "--output",
        required=True,
        type=Path,
        metavar="DIR",
        help="directory for best/, report.html, winner.py and the state, from which the same "
        "command resumes",
    )
    add_engine(parser)


def _run(args: Namespace) -> int:
    with require_extra("automl", "automl", ("optuna", "pyarrow")):
        from local_test.automl.data.tabular_file import read_file
        from local_test.automl.job_runner import PREPROCESSOR, XGBOOST, EngineRunner
        from local_test.automl.leaderboard import Leaderboard
        from local_test.automl.outcome import finish_search
        from local_test.automl.plan import SearchBudget, make_plan
        from local_test.automl.report.page import write_report
        from local_test.automl.report.winner_script import write_script
        from local_test.automl.search import CandidateSearch

    plan = make_plan(read_file(args.data), _make_options(args), args.output, 60 * args.minutes)
    _print_plan(plan)
    engine = choose_engine(args, [PREPROCESSOR, XGBOOST])
    budget = SearchBudget(60 * args.minutes, args.candidates, args.parallel)
    runner = EngineRunner(engine, max_seconds=max(60 * args.minutes, 60.0))
    search = CandidateSearch(plan, budget, runner, args.output, _make_name(args.data))
    interrupt = _search(search, Leaderboard(plan.objective, args.minutes))
    winner = finish_search(search, runner, args.output)
    write_script(plan, winner, args.output)
    write_report(plan, search, winner, args.output / "report.html")
    _print_winner(search, winner, args.output)
    if interrupt is not None:
        raise interrupt
    return 0


def _search(search: "CandidateSearch", board: "Leaderboard") -> KeyboardInterrupt | None:
    """Search; return Ctrl-C, with which the best so far is kept."""
    stop = threading.Event()
    with board:
        try:
            search.run(stop, board.show)
        except KeyboardInterrupt as interrupt:
            if not any(one.score is not None for one in search.candidates):
                raise
            report_progress("stopped: the best so far is kept")
            return interrupt
    return None


def _make_name(path: Path) -> str:
    """Return a part of job names, made of a file's name."""
    name = "".join(char if char.isalnum() and char.isascii() else "-" for char in path.stem)
    return name.strip("-")[:_MAX_NAME].strip("-") or "automl"


def _make_options(args: Namespace) -> "SearchOptions":
    from local_test.automl.data.problem import ProblemType
    from local_test.automl.plan import SearchOptions

    how, *columns = args.split
    if how not in _SPLITS or len(columns) != (how != "random"):
        raise UserError(
            f"--split {' '.join(args.split)} is no split",
            "write random, time COLUMN or group COLUMN",
        )
    return SearchOptions(
        args.target,
        None if args.problem == "auto" else ProblemType(args.problem),
        args.metric,
        time_column=columns[0] if how == "time" else "",
        group_column=columns[0] if how == "group" else "",
        keep=tuple(args.keep),
        leave_out=tuple(args.drop),
        seed=args.seed,
    )


def _print_plan(plan: "SearchPlan") -> None:
    parts = ", ".join(f"{count} {part}" for part, count in plan.sizes.items() if count)
    report_progress(f"{plan.problem}, by {plan.objective.name}; rows: {parts}")
    for found in plan.findings:
        verb = "left out" if found.dropped else "kept"
        report_progress(f"{found.column}: {found.kind}, {verb}: {found.sentence}")
    report_progress("recipes: " + ", ".join(recipe.name for recipe in plan.recipes))


def _print_winner(search: "CandidateSearch", winner: "Winner", output: Path) -> None:
    from local_test.automl.candidates import format_leaderboard

    objective = search.plan.objective
    what = f"mean of {len(winner.members)} candidates" if winner.is_ensemble else "one candidate"
    transform, model = (winner.folder / name / "model.tar.gz" for name in ("transform", "model"))
    document: dict[str, Any] = {
        "candidate": winner.candidate.name,
        "members": [one.name for one in winner.members],
        "metric": objective.name,
        "score": winner.score,
        "held_out_score": winner.held_out,
        "held_out_error": winner.error,
        "candidates": dict(Counter(one.state for one in search.candidates)),
        "transform": str(transform),
        "model": str(model),
        "report": str(output / "report.html"),
    }
    print_answer(
        document,
        [
            *format_leaderboard(search.candidates, objective),
            f"winner: {winner.candidate.name} ({what}), {objective.name} {winner.score:.6g} in the "
            f"search, {winner.held_out:.6g} +- {winner.error:.2g} on held-out rows",
            f"report: {output / 'report.html'}",
            "serve it: local-sagemaker pipeline "
            f"--stage preprocessor={transform} --stage xgboost={model} "
            f"--stage preprocessor={transform} --env 1:TANDEM_LABEL=drop "
            "--env 3:TANDEM_STAGE=inverse",
        ],
    )


_ANSWER = Answer(
    (
        Key("candidate", "string", "name of the best candidate"),
        Key("members", "list of string", "candidates that the winner averages"),
        Key("metric", "string", "by which candidates are compared"),
        Key("score", "number", "score of the winner in the search"),
        Key("held_out_score", "number", "its score on held-out rows"),
        Key("held_out_error", "number", "standard error of this score"),
        Key("candidates", "map of integer", "number of candidates by status"),
        Key("transform", "string", "archive for the image preprocessor"),
        Key("model", "string", "archive for the image xgboost"),
        Key("report", "string", "path of the report"),
    )
)

COMMAND = Command(
    name="automl",
    summary="search for the best model of a data set, and leave one that deploys",
    add_options=_add_options,
    run=_run,
    example="automl houses.csv --target SalePrice --minutes 10 --output build/houses",
    answers={"": _ANSWER},
)
