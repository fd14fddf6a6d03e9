"""`pipeline`: an endpoint of several containers in a row."""

from argparse import ArgumentParser, Namespace

from local_test.commands.shared.command import Command
from local_test.commands.shared.hosted_endpoint import (
    READY,
    add_hosting_options,
    serve_until_signal,
)
from local_test.commands.shared.options import add_stages, read_stages
from local_test.platform.limits import check_pipeline_length


def _add_options(parser: ArgumentParser) -> None:
    add_stages(parser)
    add_hosting_options(parser)


def _run(args: Namespace) -> int:
    stages = read_stages(args)
    check_pipeline_length(len(stages))
    serve_until_signal(stages, args)


COMMAND = Command(
    name="pipeline",
    summary="serve an inference pipeline of 2 to 15 containers until Ctrl-C",
    add_options=_add_options,
    run=_run,
    example="pipeline --stage preprocessor=build/recipe --stage xgboost=build/model/model.tar.gz",
    answers={"": READY},
)
