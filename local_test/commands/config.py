"""`config`: options that `tandem.toml` and environment variables set, and where each comes from."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator

from local_test import settings
from local_test.commands import NAMES, load_command
from local_test.commands.shared.answer import Answer, Key
from local_test.commands.shared.command import Command
from local_test.option_settings import FILE, OptionSettings, list_options, read_option_settings
from local_test.output import print_answer
from local_test.output.columns import format_columns

_HEAD = ("COMMAND", "OPTION", "VALUE", "SOURCE")


def _add_options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "command", nargs="?", choices=NAMES, metavar="COMMAND", help="all options of this command"
    )


def _run(args: Namespace) -> int:
    found = read_option_settings(settings.read_environment(), NAMES)
    names = [args.command] if args.command else NAMES
    rows = [row for name in names for row in _list_rows(found, name, whole=bool(args.command))]
    keys = [title.lower() for title in _HEAD]
    options = [dict(zip(keys, row, strict=True)) for row in rows]
    print_answer(
        {"file": found.file and str(found.file), "options": options},
        [
            f"file: {found.file or f'none ({FILE} in the current directory)'}",
            *(format_columns([_HEAD, *rows]) if rows else ()),
        ],
    )
    return 0


def _list_rows(found: OptionSettings, name: str, *, whole: bool) -> Iterator[tuple[str, ...]]:
    """Yield command, option, value and source: of all options, or of those that are set."""
    parser = ArgumentParser(add_help=False)
    load_command(name).fill_parser(parser)
    values = {one.name: one for one in found.list_settings(parser, name)}
    options = {option: action for action, option in reversed(list_options(parser))}
    for option, action in reversed(options.items()):
        if option in values:
            yield name, option, str(values[option].value), values[option].source
        elif whole:
            yield name, option, str(action.default), "default"


_ANSWER = Answer(
    (
        Key("file", "string|null", "the file that is read; null without one"),
        Key(
            "options",
            "list of object",
            "the options, those of one command with their defaults",
            (
                Key("command", "string", "the command"),
                Key("option", "string", "name without hyphens"),
                Key("value", "string", "the value as text"),
                Key("source", "string", "file and key, variable, or `default`"),
            ),
        ),
    )
)

COMMAND = Command(
    name="config",
    summary="print the options that tandem.toml and environment variables set",
    add_options=_add_options,
    run=_run,
    example="config up",
    answers={"": _ANSWER},
)
