"""`runs`: list the runs of an experiment, show one, or compare two."""

from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from typing import Any

from local_test.client_environment.account import DEFAULT_REGION
from local_test.commands.shared.answer import Answer, Key
from local_test.commands.shared.command import Command
from local_test.commands.shared.local_service import add_running_url
from local_test.commands.shared.running_service import make_client, read_health
from local_test.errors import UserError
from local_test.output import print_answer
from local_test.output.columns import format_columns
from local_test.runs.difference import find_differences
from local_test.runs.run import Run, format_value, read_run
from local_test.runs.table import build_table, read_cell

_ALL = "ExperimentTrialComponent"


def _add_options(parser: ArgumentParser) -> None:
    add_running_url(parser)
    parser.add_argument(
        "--region", default=DEFAULT_REGION, help="AWS region (default: %(default)s)"
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    form = parser.formatter_class
    listing = verbs.add_parser("ls", help="list the runs of an experiment", formatter_class=form)
    listing.add_argument("experiment", metavar="EXPERIMENT", help="name of the experiment")
    listing.add_argument(
        "--filter", default="", help="conditions and parts of names: 'max_depth>3,rmse<0.2'"
    )
    listing.add_argument(
        "--sort",
        default="created",
        metavar="COLUMN",
        help="column to sort by, highest first (default: created)",
    )
    listing.add_argument("--ascending", action="store_true", help="sort lowest first")
    listing.add_argument(
        "--columns",
        default="",
        metavar="NAME,NAME",
        help="parameters and metrics to list (default: all)",
    )
    shown = verbs.add_parser(
        "show", help="show the parameters, metrics and artifacts of a run", formatter_class=form
    )
    shown.add_argument("names", metavar="RUN", nargs=1, help="name of the run")
    compared = verbs.add_parser(
        "diff", help="show what differs between two runs", formatter_class=form
    )
    compared.add_argument("names", metavar="RUN", nargs=2, help="names of the two runs")


def _run(args: Namespace) -> int:
    read_health(args.url)
    client = make_client("sagemaker", args.url, args.region)
    from botocore.exceptions import (  # type: ignore[import-untyped]
        BotoCoreError,
        ClientError,
    )

    try:
        if args.verb == "ls":
            _list(args, client)
            return 0
        runs = [_find(client, name) for name in args.names]
    except ClientError as error:
        raise UserError(error.response["Error"]["Message"].rstrip(".")) from error
    except BotoCoreError as error:
        raise UserError(f"{args.url} did not answer: {error}", "start the service") from error
    finally:
        client.close()
    if args.verb == "show":
        _show(runs[0])
    else:
        _compare(runs[0], runs[1])
    return 0


def _list(args: Namespace, client: Any) -> None:
    name = client.describe_experiment(ExperimentName=args.experiment)["ExperimentName"]
    table = build_table(
        [read_run(one) for one in _search(client, "Parents.ExperimentName", name)],
        args.filter,
        args.sort,
        descending=not args.ascending,
        columns=[name.strip() for name in args.columns.split(",") if name.strip()],
    )
    columns = [column for column in table.columns if column != "created"]
    rows = [
        [_format(read_cell(run, column)) for column in ("run", *columns[1:])] for run in table.runs
    ]
    print_answer([asdict(run) for run in table.runs], format_columns([columns, *rows]))


def _search(client: Any, name: str, value: str) -> list[dict[str, Any]]:
    filters = {"Filters": [{"Name": name, "Operator": "Equals", "Value": value}]}
    request = {"Resource": _ALL, "SearchExpression": filters, "MaxResults": 100}
    pages = client.get_paginator("search").paginate(**request)
    return [result["TrialComponent"] for page in pages for result in page["Results"]]


def _find(client: Any, name: str) -> Run:
    return read_run(client.describe_trial_component(TrialComponentName=name))


def _show(run: Run) -> None:
    parts = {
        "": {"run": run.name, "status": run.status, "source": run.source},
        "parameter": run.parameters,
        "metric": run.metrics,
        "input": run.inputs,
        "output": run.outputs,
        "code": run.code,
    }
    rows = [
        [part, name, _format(value)]
        for part, values in parts.items()
        for name, value in values.items()
    ]
    print_answer(asdict(run), format_columns(rows))


def _compare(left: Run, right: Run) -> None:
    differences = find_differences(left, right)
    head = ["", "", left.name, right.name]
    rows = [[one.part, one.name, _format(one.left), _format(one.right)] for one in differences]
    print_answer([asdict(one) for one in differences], format_columns([head, *rows]))


def _format(value: object) -> str:
    return "" if value is None else format_value(value)


_RUN = (
    Key("name", "string", "name of the trial component"),
    Key("display_name", "string", "its display name"),
    Key("arn", "string", "its ARN"),
    Key("status", "string", "its status"),
    Key("created", "number", "seconds since 1970"),
    Key("seconds", "number|null", "how long it ran"),
    Key("parameters", "map of number|string", "parameters by name"),
    Key("metrics", "map of number", "last values of metrics by name"),
    Key("inputs", "map of string", "addresses of input artifacts by name"),
    Key("outputs", "map of string", "addresses of output artifacts by name"),
    Key("code", "map of string", "which version of the code made it"),
    Key("source", "string", 'ARN of its job, or ""'),
)
_DIFFERENCES = (
    Key("part", "string", "`parameter`, `metric`, `input`, `output` or `code`"),
    Key("name", "string", "name of what differs"),
    Key("left", "number|string|null", "value of the first run"),
    Key("right", "number|string|null", "value of the second run"),
)

COMMAND = Command(
    name="runs",
    summary="list the runs of an experiment, show one, or compare two",
    add_options=_add_options,
    run=_run,
    example="runs ls prices --sort validation:rmse --ascending",
    answers={
        "ls": Answer(_RUN, form="list"),
        "show": Answer(_RUN),
        "diff": Answer(_DIFFERENCES, form="list"),
    },
)
