"""`runs`: list the runs of an experiment, show one, or compare two."""

import json
from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from typing import Any

from local_test.client_environment.account import DEFAULT_REGION
from local_test.commands.shared.columns import print_columns
from local_test.commands.shared.command import Command
from local_test.commands.shared.local_service import add_running_url
from local_test.commands.shared.running_service import make_client, read_health
from local_test.errors import UserError
from local_test.runs.difference import find_differences
from local_test.runs.run import Run, format_value, read_run
from local_test.runs.table import build_table, read_cell

_ALL = "ExperimentTrialComponent"


def _add_options(parser: ArgumentParser) -> None:
    add_running_url(parser)
    parser.add_argument("--region", default=DEFAULT_REGION, help="(default: %(default)s)")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    listing = verbs.add_parser("ls", help="list the runs of an experiment")
    listing.add_argument("experiment", metavar="EXPERIMENT")
    listing.add_argument(
        "--filter", default="", help="conditions and parts of names: 'max_depth>3,rmse<0.2'"
    )
    listing.add_argument("--sort", default="created", metavar="COLUMN", help="highest first")
    listing.add_argument("--ascending", action="store_true", help="sort lowest first")
    listing.add_argument(
        "--columns",
        default="",
        metavar="NAME,NAME",
        help="parameters and metrics to list (default: all)",
    )
    shown = verbs.add_parser("show", help="show the parameters, metrics and artifacts of a run")
    shown.add_argument("names", metavar="RUN", nargs=1)
    compared = verbs.add_parser("diff", help="show what differs between two runs")
    compared.add_argument("names", metavar="RUN", nargs=2)
    for verb in (listing, shown, compared):
        verb.add_argument("--json", action="store_true", help="print the result as JSON")


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
        _show(runs[0], as_json=args.json)
    else:
        _compare(runs[0], runs[1], as_json=args.json)
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
    if args.json:
        print(json.dumps([asdict(run) for run in table.runs]))
        return
    columns = [column for column in table.columns if column != "created"]
    rows = [
        [_format(read_cell(run, column)) for column in ("run", *columns[1:])] for run in table.runs
    ]
    print_columns([columns, *rows])


def _search(client: Any, name: str, value: str) -> list[dict[str, Any]]:
    filters = {"Filters": [{"Name": name, "Operator": "Equals", "Value": value}]}
    request = {"Resource": _ALL, "SearchExpression": filters, "MaxResults": 100}
    pages = client.get_paginator("search").paginate(**request)
    return [result["TrialComponent"] for page in pages for result in page["Results"]]


def _find(client: Any, name: str) -> Run:
    return read_run(client.describe_trial_component(TrialComponentName=name))


def _show(run: Run, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(asdict(run)))
        return
    parts = {
        "": {"run": run.name, "status": run.status, "source": run.source},
        "parameter": run.parameters,
        "metric": run.metrics,
        "input": run.inputs,
        "output": run.outputs,
        "code": run.code,
    }
    print_columns(
        [
            [part, name, _format(value)]
            for part, values in parts.items()
            for name, value in values.items()
        ]
    )


def _compare(left: Run, right: Run, *, as_json: bool) -> None:
    differences = find_differences(left, right)
    if as_json:
        print(json.dumps([asdict(one) for one in differences]))
        return
    head = ["", "", left.name, right.name]
    rows = [[one.part, one.name, _format(one.left), _format(one.right)] for one in differences]
    print_columns([head, *rows])


def _format(value: object) -> str:
    return "" if value is None else format_value(value)


COMMAND = Command(
    name="runs",
    summary="list the runs of an experiment, show one, or compare two",
    add_options=_add_options,
    run=_run,
    example="runs ls prices --sort validation:rmse --ascending",
)
