"""`serve`: an endpoint of one container, with one model or with many."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from local_test.commands.shared.command import Command
from local_test.commands.shared.hosted_endpoint import (
    READY,
    add_hosting_options,
    serve_until_signal,
)
from local_test.commands.shared.options import (
    IMAGE_HELP,
    add_environment,
    add_model_size,
    add_source_code,
    parse_pairs,
    read_source_code,
)
from local_test.endpoints.stage import Stage, parse_model


def _add_options(parser: ArgumentParser) -> None:
    parser.add_argument("--image", required=True, help=IMAGE_HELP)
    models = parser.add_mutually_exclusive_group(required=True)
    models.add_argument(
        "--model", help="a directory, a model.tar.gz, or - for no model; this or --multi-model"
    )
    models.add_argument(
        "--multi-model",
        type=Path,
        metavar="DIR",
        help="a folder of archives, served as a multi-model endpoint: each request names one with "
        "X-Amzn-SageMaker-Target-Model, and it is loaded at its first request",
    )
    add_model_size(parser)
    add_source_code(parser)
    add_environment(parser, "environment variable of the container")
    parser.add_argument(
        "--reload",
        action="store_true",
        help="when the source code or the model changes, start a new container; the one before "
        "serves until the new one is healthy, and keeps serving if it never is",
    )
    add_hosting_options(parser)


def _run(args: Namespace) -> int:
    environment = parse_pairs(args.env, "environment variable")
    code = read_source_code(args)
    model = None if args.model is None else parse_model(args.model)
    size = args.max_model_size
    stage = Stage(args.image, model, environment, code, args.multi_model, max_model_size=size)
    serve_until_signal([stage], args, reload=args.reload)


COMMAND = Command(
    name="serve",
    summary="serve a model, or a folder of models, until Ctrl-C",
    add_options=_add_options,
    run=_run,
    example="serve --image xgboost --model build/model/model.tar.gz",
    answers={"": READY},
)
