"""`report`: the report of a training job or of an AutoML search."""

import webbrowser
from argparse import ArgumentParser, Namespace
from pathlib import Path

from local_test.commands.shared.answer import Answer, Key
from local_test.commands.shared.command import Command
from local_test.errors import UserError
from local_test.jobs.artifacts import OUTPUT
from local_test.jobs.job_report import REPORT, read_report
from local_test.output import print_answer


def _add_options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "folder", type=Path, metavar="DIR", help="the --output directory of train or automl"
    )
    parser.add_argument("--open", action="store_true", help="open the report in the browser")


def _run(args: Namespace) -> int:
    page = _find_page(args.folder)
    if args.open and not webbrowser.open(page.as_uri()):
        raise UserError(f"no browser was found to open {page}", "open the file yourself")
    print_answer({"report": str(page)}, [str(page)])
    return 0


def _find_page(folder: Path) -> Path:
    """Return the absolute path of a folder's report; that of a job is read from its archive.

    Raises UserError where there is none.
    """
    archive, page = folder / OUTPUT, folder / REPORT
    if archive.is_file():
        try:
            page.write_bytes(read_report(archive))
        except OSError as error:
            raise UserError(f"{page} cannot be written: {error.strerror}") from error
    elif not page.is_file():
        raise UserError(
            f"{folder} has neither {OUTPUT} nor {REPORT}",
            "name the --output directory of train or automl",
        )
    return page.resolve()


_ANSWER = Answer((Key("report", "string", "absolute path of the report"),))

COMMAND = Command(
    name="report",
    summary="print the path of a job's report, or open it",
    add_options=_add_options,
    run=_run,
    example="report build/transform --open",
    answers={"": _ANSWER},
)
