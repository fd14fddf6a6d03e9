"""`samples`: build the sample data that notebooks read from Amazon's public buckets."""

import shlex
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from local_test.commands.shared.answer import Answer, Key
from local_test.commands.shared.command import Command
from local_test.commands.shared.failure_report import report_failure
from local_test.errors import UserError
from local_test.output import print_answer, print_answer_line
from local_test.samples.folder import INDEX, SampleFolder
from local_test.samples.registry import ABSENT, SAMPLES, select_samples
from local_test.samples.sample import Sample

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
        action="extend",
        nargs="+",
        default=[],
        metavar="NAME",
        help="build these data sets only",
    )
    parser.add_argument(
        "--list", action="store_true", help="list the data sets and their origins, build nothing"
    )


def _run(args: Namespace) -> int:
    if args.list:
        _list()
        return 0
    folder = SampleFolder(args.output)
    built: list[dict[str, Any]] = []
    for sample in select_samples(args.only):
        try:
            keys = folder.build(sample)
        except UserError as error:
            report_failure(str(error))
            built.append({**_describe(sample), "files": 0, "error": str(error)})
            continue
        built.append({**_describe(sample), "files": len(keys), "error": None})
        kind = "stand-in" if sample.stand_in else "data"
        print_answer_line(f"{sample.name}: {len(keys)} files ({kind}; {sample.origin})")
    print_answer(
        {"folder": str(args.output), "samples": built},
        [
            f"origins: {args.output / INDEX}",
            f"to serve them: local-sagemaker up --samples {shlex.quote(str(args.output))}",
        ],
    )
    return 1 if any(one["error"] for one in built) else 0


def _describe(sample: Sample) -> dict[str, Any]:
    return {"name": sample.name, "stand_in": sample.stand_in, "origin": sample.origin}


def _list() -> None:
    print_answer(
        {
            "samples": [_describe(sample) for sample in SAMPLES],
            "absent": dict(ABSENT),
        },
        [
            *(f"{one.name}: {'stand-in, ' if one.stand_in else ''}{one.origin}" for one in SAMPLES),
            *(f"no offline source: {key} ({what})" for key, what in ABSENT.items()),
        ],
    )


_SAMPLE = (
    Key("name", "string", "name of the data set"),
    Key("stand_in", "boolean", "whether other data stand in for Amazon's"),
    Key("origin", "string", "where the data come from"),
)
_BUILT = Answer(
    (
        Key("folder", "string", "the folder, for `--samples` of other commands"),
        Key(
            "samples",
            "list of object",
            "the data sets",
            (
                *_SAMPLE,
                Key("files", "integer", "number of files"),
                Key("error", "string|null", "why it could not be built"),
            ),
        ),
    )
)
_LISTED = Answer(
    (
        Key("samples", "list of object", "the data sets", _SAMPLE),
        Key("absent", "map of string", "keys without an offline source, and what they hold"),
    )
)


COMMAND = Command(
    name="samples",
    summary="build the sample data that notebooks read from Amazon's public buckets",
    add_options=_add_options,
    run=_run,
    example="samples --output build/samples",
    answers={"": _BUILT, "--list": _LISTED},
)
