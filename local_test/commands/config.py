"""`config`: options that `tandem.toml` and environment variables set, and where each comes from."""

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator

from local_test import settings
from local_test.commands import NAMES, load_command
from local_test.commands.shared.columns import print_columns
from local_test.commands.shared.command import Command
from local_test.option_settings import FILE, OptionSettings, list_options, read_option_settings

_HEAD = ("COMMAND", "OPTION", "VALUE", "SOURCE")


def _add_options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "command", nargs="?", choices=NAMES, metavar="COMMAND", help="all options of this command"
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def _run(args: Namespace) -> int:
    found = read_option_settings(settings.read_environment(), NAMES)
    names = [args.command] if args.command else NAMES
    rows = [row for name in names for row in _list_rows(found, name, whole=bool(args.command))]
    if args.json:
        keys = [title.lower() for title in _HEAD]
        options = [dict(zip(keys, row, strict=True)) for row in rows]
        print(json.dumps({"file": found.file and str(found.file), "options": options}))
        return 0
    print(f"file: {found.file or f'none ({FILE} in the current directory)'}")
    if rows:
        print_columns([_HEAD, *rows])
    return 0


def _list_rows(found: OptionSettings, name: str, *, whole: bool) -> Iterator[tuple[str, ...]]:
    """Yield command, option, value and source: of all options, or of those that are set."""
    parser = ArgumentParser(add_help=False)
    load_command(name).add_options(parser)
    values = {one.name: one for one in found.list_settings(parser, name)}
    for action, option in list_options(parser):
        if option in values:
            yield name, option, str(values[option].value), values[option].source
        elif whole:
            yield name, option, str(action.default), "default"


COMMAND = Command(
    name="config",
    summary="print the options that tandem.toml and environment variables set",
    add_options=_add_options,
    run=_run,
    example="config up",
)
