"""`init`: the files of a new project."""

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path

from local_test.commands.shared.answer import Answer, Key
from local_test.commands.shared.command import Command
from local_test.errors import UserError
from local_test.output import print_answer
from local_test.output.suggestions import suggest_name
from local_test.scaffolding.kinds import KINDS, NAMES
from local_test.scaffolding.project import write_project


def _add_options(parser: ArgumentParser) -> None:
    listed = "; ".join(f"{kind.name}: {kind.summary}" for kind in KINDS)
    parser.add_argument(
        "kinds",
        nargs="*",
        type=_parse_kind,
        metavar="KIND",
        help=f"what to write ({listed}); a terminal prompts for it if none is given",
    )
    parser.add_argument(
        "--name",
        default="my-model",
        help="name of the image and of the pipeline (default: %(default)s)",
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=Path(),
        metavar="DIR",
        help="folder of the project (default: the current directory)",
    )
    parser.add_argument("--force", action="store_true", help="replace files that exist")


def _parse_kind(text: str) -> str:
    if text not in NAMES:
        hint = suggest_name(text, NAMES) or f": use {', '.join(NAMES)}"
        raise ArgumentTypeError(f"unknown kind {text!r}{hint}")
    return text


def _run(args: Namespace) -> int:
    kinds = args.kinds or _ask_kinds()
    files = write_project(args.output, kinds, args.name, replace=args.force)
    entries = {
        kind.name: str(args.output / kind.folder / kind.entry)
        for kind in KINDS
        if kind.name in kinds
    }
    lines = [f"wrote {args.output / path}" for path in files]
    lines += [f"next, for the {name}: read {entry}" for name, entry in entries.items()]
    written = [str(args.output / path) for path in files]
    print_answer({"name": args.name, "files": written, "entries": entries}, lines)
    return 0


def _ask_kinds() -> list[str]:
    """Ask which kinds to write. Raises UserError without a terminal, and for another answer."""
    remedy = f"write `local-sagemaker init KIND ...` with {', '.join(NAMES)}"
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UserError("no kind is given", remedy)
    for kind in KINDS:
        print(f"  {kind.name:<9} {kind.summary}", file=sys.stderr)
    print("Which ones? (separated by spaces) ", end="", file=sys.stderr, flush=True)
    chosen = sys.stdin.readline().replace(",", " ").split()
    if not chosen:
        raise UserError("no kind is chosen", remedy)
    try:
        return [_parse_kind(text) for text in chosen]
    except ArgumentTypeError as error:
        raise UserError(str(error)) from error


_ANSWER = Answer(
    (
        Key("name", "string", "name of the image and of the pipeline"),
        Key("files", "list of string", "files that were written"),
        Key("entries", "map of string", "file to read first, by kind"),
    )
)

COMMAND = Command(
    name="init",
    summary="write the files of a new project: an image, a recipe, a pipeline, a CI workflow",
    add_options=_add_options,
    run=_run,
    example="init image ci --name my-model",
    answers={"": _ANSWER},
)
