"""`samples`: build the sample data that notebooks read from Amazon's public buckets."""

import shlex
from argparse import ArgumentParser, Namespace
from pathlib import Path

from local_test.commands.shared.command import Command
from local_test.commands.shared.failure_report import report_failure
from local_test.errors import UserError
from local_test.samples.folder import INDEX, SampleFolder
from local_test.samples.registry import ABSENT, SAMPLES, select_samples

DEFAULT_FOLDER = Path("build/samples")


def _add_options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--output",
        type=Path,
        default=DEFAULT_FOLDER,
        metavar="DIR",
        help="the folder to build, for --samples of other commands (default: %(default)s)",
    )
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="NAME",
        help="build this data set only; may be repeated",
    )
    parser.add_argument(
        "--list", action="store_true", help="list the data sets and their origins, build nothing"
    )


def _run(args: Namespace) -> int:
    if args.list:
        _list()
        return 0
    folder, failed = SampleFolder(args.output), 0
    for sample in select_samples(args.only):
        try:
            keys = folder.build(sample)
        except UserError as error:
            report_failure(str(error))
            failed += 1
            continue
        kind = "stand-in" if sample.stand_in else "data"
        print(f"{sample.name}: {len(keys)} files ({kind}; {sample.origin})", flush=True)
    print(f"origins: {args.output / INDEX}")
    print(f"to serve them: local-sagemaker up --samples {shlex.quote(str(args.output))}")
    return 1 if failed else 0


def _list() -> None:
    for sample in SAMPLES:
        kind = "stand-in, " if sample.stand_in else ""
        print(f"{sample.name}: {kind}{sample.origin}")
    for key, what in ABSENT.items():
        print(f"no offline source: {key} ({what})")


COMMAND = Command(
    name="samples",
    summary="build the sample data that notebooks read from Amazon's public buckets",
    add_options=_add_options,
    run=_run,
    example="samples --output build/samples",
)
