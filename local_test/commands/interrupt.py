"""`interrupt`: takes a managed spot training job's capacity away."""

from argparse import ArgumentParser, Namespace
from urllib.parse import urlencode

from local_test.client_environment.account import DEFAULT_REGION
from local_test.commands.shared.answer import Answer, Key
from local_test.commands.shared.command import Command
from local_test.commands.shared.local_service import add_running_url
from local_test.commands.shared.service_request import request_service
from local_test.output import print_answer


def _add_options(parser: ArgumentParser) -> None:
    parser.add_argument("job", metavar="JOB", help="a training job with EnableManagedSpotTraining")
    add_running_url(parser)
    parser.add_argument(
        "--region", default=DEFAULT_REGION, help="AWS region (default: %(default)s)"
    )


def _run(args: Namespace) -> int:
    query = urlencode({"name": args.job, "region": args.region})
    request_service(args.url, f"interrupt?{query}", "interrupt", method="POST")
    print_answer(
        {"job": args.job, "region": args.region}, [f"{args.job} is interrupted and starts again"]
    )
    return 0


_ANSWER = Answer(
    (
        Key("job", "string", "the training job that is interrupted"),
        Key("region", "string", "its region"),
    )
)


COMMAND = Command(
    name="interrupt",
    summary="simulate a spot interruption of a managed spot training job",
    add_options=_add_options,
    run=_run,
    example="interrupt my-job --region eu-central-1",
    answers={"": _ANSWER},
)
