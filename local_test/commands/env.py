"""`env`: what a shell must export so that its AWS clients talk to this machine."""

import re
import shlex
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from pathlib import Path

from local_test import settings
from local_test.client_environment import variables
from local_test.client_environment.account import DEFAULT_REGION
from local_test.client_environment.profiles import make_profiles
from local_test.client_environment.sdk_settings import write_sdk_settings
from local_test.commands.shared.answer import Answer, Key
from local_test.commands.shared.command import Command
from local_test.commands.shared.local_service import DEFAULT_STATE, add_running_url
from local_test.errors import UserError
from local_test.output import print_answer

_PROFILE_FOLDER = "aws-profile"
_PROFILE_NAME = re.compile(r"[\w.@+-]+(?: [\w.@+-]+)*")
_OF_A_PROFILE = {"AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
_ALWAYS_UNSET = {"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN"}


def _add_options(parser: ArgumentParser) -> None:
    add_running_url(parser)
    parser.add_argument(
        "--region", default=DEFAULT_REGION, help="AWS region (default: %(default)s)"
    )
    parser.add_argument(
        "--profile",
        metavar="NAME",
        help="export an AWS profile of this name in place of keys and address, and print its "
        "sections for ~/.aws as comments",
    )
    parser.add_argument(
        "--state",
        type=Path,
        default=DEFAULT_STATE,
        metavar="DIR",
        help="directory for the SageMaker SDK's settings, sdk.yaml, and the files of --profile "
        "(default: %(default)s)",
    )


def _run(args: Namespace) -> int:
    caller = settings.read_environment()
    exports = make_exports(args.url, args.region, args.state, caller)
    comments = ""
    if args.profile is not None:
        exports, comments = _use_profile(args, exports)
    stale = {name for name in caller if variables.is_stale(name)} | _ALWAYS_UNSET
    if args.profile is not None:
        stale |= _OF_A_PROFILE
    unset = sorted(stale - exports.keys())
    print_answer(
        {"export": exports, "unset": unset},
        [
            *(f"# {line}".rstrip() for line in comments.splitlines()),
            f"unset {' '.join(unset)}",
            *(f"export {name}={shlex.quote(value)}" for name, value in exports.items()),
        ],
    )
    return 0


def make_exports(
    url: str, region: str, folder: Path, caller: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the variables, and write the SageMaker SDK's settings that one of them names.

    `caller` has the variables of the shell, of which the list of hosts without proxy is kept.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sdk_settings = write_sdk_settings(folder / "sdk.yaml", f"sagemaker-{region}-local")
    bypass = variables.join_no_proxy(caller or {})
    return {
        **variables.make_client_variables(url, region, sdk_settings),
        "NO_PROXY": bypass,
        "no_proxy": bypass,
    }


def _use_profile(args: Namespace, exports: Mapping[str, str]) -> tuple[dict[str, str], str]:
    """Write the files of the profile; return the variables that name them, and their texts."""
    if not _PROFILE_NAME.fullmatch(args.profile):
        raise UserError(
            f"invalid name of a profile: {args.profile!r}", "use letters, digits, and . @ + - _"
        )
    folder = args.state / _PROFILE_FOLDER
    folder.mkdir(exist_ok=True)
    files = make_profiles(args.url, {args.profile: args.region})
    kept = {name: value for name, value in exports.items() if name not in _OF_A_PROFILE}
    texts = f"~/.aws/config:\n{files.config}\n~/.aws/credentials:\n{files.credentials}"
    return {**kept, **files.write(folder), "AWS_PROFILE": args.profile}, texts


_ANSWER = Answer(
    (
        Key("export", "map of string", "variables to set"),
        Key("unset", "list of string", "names of variables to remove"),
    )
)

COMMAND = Command(
    name="env",
    summary="print shell exports that point AWS clients at the local service",
    add_options=_add_options,
    run=_run,
    example='env  # eval "$(local-sagemaker env)"',
    answers={"": _ANSWER},
)
