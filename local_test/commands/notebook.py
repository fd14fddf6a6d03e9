"""`notebook`: a Jupyter notebook from the first to the last cell, with the environment of `run`."""

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path

from local_test import settings
from local_test.commands.shared.answer import Answer, Key
from local_test.commands.shared.child_process import run_child
from local_test.commands.shared.client_session import (
    ClientSession,
    add_session_options,
    open_session,
)
from local_test.commands.shared.command import Command
from local_test.errors import UserError
from local_test.extras import require_extra

_MODULE = "local_test.notebooks"


def _add_options(parser: ArgumentParser) -> None:
    parser.add_argument("notebook", type=Path, metavar="FILE.ipynb", help="the notebook")
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help="where the executed notebook is written, also when a cell failed (default: nowhere)",
    )
    kernel = parser.add_mutually_exclusive_group()
    kernel.add_argument(
        "--kernel", metavar="NAME", help="the kernel (default: the one that the notebook names)"
    )
    kernel.add_argument(
        "--python",
        type=Path,
        metavar="FILE",
        help="a Python with ipykernel, as the kernel: that of a virtual environment",
    )
    parser.add_argument(
        "--cell-timeout",
        type=_parse_seconds,
        metavar="SECONDS",
        help="how long one cell may take (default: no limit)",
    )
    parser.add_argument(
        "--allow-errors", action="store_true", help="go on after a failed cell; the exit code is 1"
    )
    parser.add_argument(
        "--skip-installs",
        action="store_true",
        help="replace lines that install with pip, conda or apt by a notice",
    )
    add_session_options(parser)


def _parse_seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise ArgumentTypeError(f"{text!r} is no number of seconds above 0")
    return seconds


def _run(args: Namespace) -> int:
    with require_extra("`notebook`", "notebook"):
        from local_test.notebooks.kernels import check_python, choose_kernel
        from local_test.notebooks.notebook_file import read_notebook

    _check_output(args)
    kernel = choose_kernel(read_notebook(args.notebook), args.notebook, args.kernel, args.python)
    if args.python is not None:
        check_python(args.python, settings.read_environment())
    with open_session(args) as session:
        request = _write_request(args, kernel.name, kernel.command, kernel.programs, session)
        command = [sys.executable, "-m", _MODULE, str(request)]
        return run_child(command, settings.read_environment(), session.url)


def _check_output(args: Namespace) -> None:
    if args.output is not None and (args.output.is_dir() or not args.output.parent.is_dir()):
        raise UserError(
            f"the executed notebook cannot be written: {args.output}", "name a file in a folder"
        )


def _write_request(
    args: Namespace, name: str, command: list[str], programs: Path | None, session: ClientSession
) -> Path:
    from local_test.notebooks.execution import ExecutionRequest

    variables = dict(session.variables)
    if programs is not None:  # for shell lines, as in an activated environment
        variables["PATH"] = f"{programs}:{variables.get('PATH', '')}"
    path = session.folder / "notebook.json"
    ExecutionRequest(
        notebook=str(args.notebook.absolute()),
        output=None if args.output is None else str(args.output.absolute()),
        kernel=name,
        command=command,
        variables=variables,
        cell_timeout=args.cell_timeout,
        allow_errors=args.allow_errors,
        skip_installs=args.skip_installs,
        quiet=args.quiet,
        as_json=args.json,
    ).write(path)
    return path


_ANSWER = Answer(
    (
        Key("notebook", "string", "path of the notebook"),
        Key("kernel", "string", "name of its kernel"),
        Key("status", "string", "`ok` or `failed`"),
        Key("seconds", "number", "how long all cells took"),
        Key("output", "string|null", "path of the executed notebook"),
        Key(
            "cells",
            "list of object",
            "the code cells that were run, in their order",
            (
                Key("number", "integer", "number of the cell, from 1"),
                Key("source", "string", "first line that is no comment"),
                Key(
                    "status",
                    "string",
                    "`ok`, `error`, `timeout`, `dead kernel`, `interrupted` or `not run`",
                ),
                Key("seconds", "number", "how long it took"),
                Key("error", "string", 'why it failed, or ""'),
            ),
        ),
    )
)

COMMAND = Command(
    name="notebook",
    summary="run a Jupyter notebook with its AWS requests sent to the local service",
    add_options=_add_options,
    run=_run,
    example="notebook train.ipynb --output executed.ipynb",
    answers={"": _ANSWER},
)
