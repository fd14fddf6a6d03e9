"""The command `local-sagemaker`."""

import argparse
import sys
from collections.abc import Sequence
from typing import Never

from local_test.commands import NAMES, Command, load_command
from local_test.commands.shared.failure_report import report_failure
from local_test.errors import CommandNotFound, ContainerError, LocalError, ServiceLost
from local_test.interrupts import Interrupted, raise_on_signals

_EPILOG = """exit codes:
  0    done
  1    the job failed, the container failed, or what was asked for is refused
  125  the service ended while the command of `run` or `notebook` used it
  127  the command of `run` does not exist; else `run` ends with the command's exit code
  130  ended by Ctrl-C (143 by SIGTERM, 129 by SIGHUP); a second one cuts the grace period short
"""
_EXIT_CODES = {ServiceLost: 125, CommandNotFound: 127}  # as env(1) and docker-run(1) have them


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Never:
        report_failure(f"{message}; see {self.prog} --help")
        raise SystemExit(1)


def make_parser(names: Sequence[str] = NAMES) -> argparse.ArgumentParser:
    """Make the parser of these commands."""
    top = _Parser(
        prog="local-sagemaker",
        description="Runs SageMaker containers on this machine as the service would.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in names:
        _add_command(verbs, load_command(name))
    return top


def _add_command(verbs: "argparse._SubParsersAction[_Parser]", command: Command) -> None:
    sub = verbs.add_parser(
        command.name,
        help=command.summary,
        description=f"{command.summary[0].upper()}{command.summary[1:]}.",
        epilog=f"example:\n  local-sagemaker {command.example}\n\n{_EPILOG}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_options(sub)
    sub.set_defaults(run=command.run)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; print a failure as one sentence."""
    given = sys.argv[1:] if argv is None else argv
    # One command's modules are imported several times sooner than those of all.
    names = given[:1] if given and given[0] in NAMES else NAMES
    args = make_parser(names).parse_args(given)
    try:
        with raise_on_signals():
            code: int = args.run(args)
    except Interrupted as signal:
        return signal.exit_code
    except ContainerError as error:
        report_failure(str(error), error.log)
        return 1
    except LocalError as error:
        report_failure(str(error))
        return _EXIT_CODES.get(type(error), 1)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        report_failure(f"{where}{error.strerror or error}")
        return 1
    return code
