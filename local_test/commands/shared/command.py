"""Commands of `local-sagemaker`."""

from argparse import SUPPRESS, ArgumentParser, Namespace
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from local_test.commands.shared.answer import Answer
from local_test.option_settings import list_parsers


@dataclass(frozen=True)
class Command:
    """A command: its options and its function; `run` returns the exit code.

    `answers` are its documents with `--json`, by the argument that selects one, "" for the others.
    """

    name: str
    summary: str
    add_options: Callable[[ArgumentParser], None]
    run: Callable[[Namespace], int]
    example: str
    answers: Mapping[str, Answer]

    def fill_parser(self, parser: ArgumentParser) -> None:
        """Add the options of this command, and those of all commands, to a parser."""
        self.add_options(parser)
        for one in list_parsers(parser):
            # A second default would replace what was given before a verb.
            default = False if one is parser else SUPPRESS
            add_common_options(one, default)


def add_common_options(parser: ArgumentParser, default: bool | str) -> None:
    """Add `--quiet`, `--verbose` and `--json`."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "-q",
        "--quiet",
        action="store_true",
        default=default,
        help="print the answer and errors only",
    )
    group.add_argument(
        "-v",
        "--verbose",
        action="store_true",
        default=default,
        help="print what is done and each request to the engine, on standard error",
    )
    parser.add_argument(
        "--json",
        action="store_true",
        default=default,
        help="print the answer, or an error, as JSON; progress goes to standard error",
    )
