"""`interrupt`: takes a managed spot training job's capacity away."""

import json
from argparse import ArgumentParser, Namespace
from urllib.parse import urlencode

import urllib3

from local_test.client_environment.account import DEFAULT_REGION
from local_test.commands.shared.command import Command
from local_test.commands.shared.local_service import DEFAULT_PORT
from local_test.errors import UserError
from local_test.http_guard import COMMAND_HEADER


def _add_options(parser: ArgumentParser) -> None:
    parser.add_argument("job", metavar="JOB", help="a training job with EnableManagedSpotTraining")
    parser.add_argument(
        "--url",
        default=f"http://127.0.0.1:{DEFAULT_PORT}",
        help="of the service (default: %(default)s)",
    )
    parser.add_argument("--region", default=DEFAULT_REGION, help="(default: %(default)s)")


def _run(args: Namespace) -> int:
    query = urlencode({"name": args.job, "region": args.region})
    url = f"{args.url.rstrip('/')}/local-sagemaker/interrupt?{query}"
    with urllib3.PoolManager(retries=False, timeout=30) as pool:
        try:
            response = pool.request("POST", url, headers={COMMAND_HEADER: "interrupt"})
        except urllib3.exceptions.HTTPError as error:
            raise UserError(f"{args.url} did not answer: {error}", "start the service") from error
    if response.status != 200:
        raise UserError(json.loads(response.data)["message"])
    print(f"{args.job} is interrupted and starts again")
    return 0


COMMAND = Command(
    name="interrupt",
    summary="take a managed spot training job's capacity away; it starts again by itself",
    add_options=_add_options,
    run=_run,
    example="interrupt my-job --region eu-central-1",
)
