"""`serve`: an endpoint of one container."""

from argparse import ArgumentParser, Namespace

from local_test.commands.base import Command
from local_test.commands.hosting import add_hosting_options, host
from local_test.commands.options import (
    IMAGE_HELP,
    add_environment,
    add_source_code,
    read_pairs,
    read_source_code,
)
from local_test.endpoints.stage import Stage, parse_model


def _add_options(parser: ArgumentParser) -> None:
    parser.add_argument("--image", required=True, help=IMAGE_HELP)
    parser.add_argument(
        "--model", required=True, help="a directory, a model.tar.gz, or - for no model"
    )
    add_source_code(parser)
    add_environment(parser, "a variable for the container")
    add_hosting_options(parser)


def _run(args: Namespace) -> int:
    environment = read_pairs(args.env, "environment variable")
    code = read_source_code(args)
    host([Stage(args.image, parse_model(args.model), environment, code)], args)


COMMAND = Command(
    name="serve",
    summary="serve one model until Ctrl-C",
    add_options=_add_options,
    run=_run,
    example="serve --image xgboost --model build/model/model.tar.gz",
)
