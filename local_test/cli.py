"""The command `local-sagemaker`."""

import argparse
import re
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Never

from rich_argparse import RawDescriptionRichHelpFormatter

from local_test import output, settings
from local_test.commands import NAMES, Command, load_command
from local_test.commands.shared.failure_report import report_failure
from local_test.errors import CommandNotFound, ContainerError, LocalError, ServiceLost, UserError
from local_test.interrupts import Interrupted, raise_on_signals
from local_test.option_settings import OptionSettings, list_parsers, read_option_settings
from local_test.output.suggestions import suggest_name
from local_test.output.verbose_log import log_verbosely
from local_test.release import read_version

_EPILOG = """exit codes:
  0    done
  1    the job failed, the container failed, or the request was rejected
  2    invalid usage: an unknown command or option, a missing or invalid value
  125  the service stopped while the command of `run` or `notebook` used it
  127  `run`: command not found; otherwise `run` returns the command's exit code
  130  stopped by Ctrl-C (143: SIGTERM, 129: SIGHUP); press again to force it
"""
_CHOICE = re.compile(r"invalid choice: '([^']*)' \(choose from (.*)\)", re.DOTALL)
_EXIT_CODES = {ServiceLost: 125, CommandNotFound: 127}  # as env(1) and docker-run(1) have them


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Never:
        _report_error(f"{_reword(message)}; see {self.prog} --help", 2)
        raise SystemExit(2)

    def find_option_strings(self) -> list[str]:
        """Return the names of the options of this parser and of its verbs."""
        return [
            name
            for one in list_parsers(self)
            for action in one._actions  # noqa: SLF001 (argparse has no public list)
            for name in action.option_strings
        ]


def make_parser(
    names: Sequence[str] = NAMES, options: OptionSettings | None = None
) -> argparse.ArgumentParser:
    """Make the parser of these commands; `options` are defaults of their options.

    Raises UserError where they are invalid.
    """
    top = _Parser(
        prog="local-sagemaker",
        description="Emulate Amazon SageMaker locally: containers, jobs, endpoints and the API.",
        epilog=_EPILOG,
        formatter_class=RawDescriptionRichHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"local-sagemaker {read_version()}")
    verbs = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in names:
        _add_command(verbs, load_command(name), options)
    return top


def _add_command(
    verbs: "argparse._SubParsersAction[_Parser]", command: Command, options: OptionSettings | None
) -> None:
    sub = verbs.add_parser(
        command.name,
        help=command.summary,
        description=f"{command.summary[0].upper()}{command.summary[1:]}.",
        epilog=f"example:\n  local-sagemaker {command.example}\n\n{_EPILOG}",
        formatter_class=RawDescriptionRichHelpFormatter,
    )
    command.fill_parser(sub)
    if options is not None:
        options.set_defaults(sub, command.name)
    sub.set_defaults(run=command.run, parser=sub)


def parse_arguments(given: Sequence[str]) -> argparse.Namespace:
    """Parse the arguments of a command. Raises SystemExit (2) when they are invalid."""
    # One command's modules are imported several times sooner than those of all.
    alone = bool(given) and given[0] in {*NAMES, "--version"}
    names = [name for name in given[:1] if name in NAMES] if alone else NAMES
    try:
        options = read_option_settings(settings.read_environment(), NAMES) if alone else None
        parser = make_parser(names, options)
    except UserError as error:
        _report_error(str(error), 2)
        raise SystemExit(2) from error
    if given and not given[0].startswith("-") and given[0] not in NAMES:
        parser.error(f"unknown command {given[0]!r}{suggest_name(given[0], NAMES)}")
    args, unknown = parser.parse_known_args(given, argparse.Namespace(given=list(given)))
    if unknown:
        hint = suggest_name(unknown[0].partition("=")[0], args.parser.find_option_strings())
        args.parser.error(f"unknown argument {' '.join(unknown)}{hint}")
    return args


def _complete_arguments(parser: argparse.ArgumentParser) -> None:
    """Print the candidates that a shell requests, and exit."""
    import argcomplete

    argcomplete.autocomplete(parser)


def _reword(message: str) -> str:
    """Return a message of argparse without names of Python types, and with the nearest choice."""
    message = message.replace("invalid int value", "invalid whole number")
    message = message.replace("invalid float value", "invalid number")
    found = _CHOICE.search(message)
    if found is None:
        return message
    names = [name.strip("' ") for name in found[2].split(",")]
    hint = suggest_name(found[1], names) or f": use {', '.join(names)}"
    return f"{message[: found.start()]}invalid value {found[1]!r}{hint}"


def _report_error(sentence: str, exit_code: int, log: Sequence[str] = ()) -> int:
    report_failure(sentence, log)
    output.print_error(sentence, exit_code, log)
    return exit_code


def _wants_json(given: Sequence[str]) -> bool:
    """Return whether arguments that are not parsed yet ask for JSON."""
    own = list(given)[: list(given).index("--")] if "--" in given else given
    return "--json" in own


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; print a failure as one sentence."""
    given = sys.argv[1:] if argv is None else argv
    if settings.is_completing():
        _complete_arguments(make_parser())
    with output.use_output(quiet=False, as_json=_wants_json(given)):
        args = parse_arguments(given)
    as_json = getattr(args, "json", False)
    verbose = log_verbosely() if args.verbose else nullcontext()
    with output.use_output(quiet=args.quiet, as_json=as_json), verbose:
        return _run_command(args)


def _run_command(args: argparse.Namespace) -> int:
    try:
        with raise_on_signals():
            code: int = args.run(args)
    except Interrupted as signal:
        return signal.exit_code
    except ContainerError as error:
        return _report_error(str(error), 1, error.log)
    except LocalError as error:
        return _report_error(str(error), _EXIT_CODES.get(type(error), 1))
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _report_error(f"{where}{error.strerror or error}", 1)
    return code
