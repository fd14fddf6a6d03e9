"""Options that several commands share, and their parsers."""

import re
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from local_test.endpoints.stage import Stage, parse_stage
from local_test.engines import ENGINE_NAMES, Engine, select_engine
from local_test.errors import UserError
from local_test.output import report_progress
from local_test.platform.archive_members import HIGHEST_LIMIT
from local_test.platform.limits import PING_WINDOW_SECONDS
from local_test.platform.source_code import SourceCode
from local_test.samples.folder import SampleFolder

_SIZE = re.compile(r"(\d+(?:\.\d+)?) *([KMGT]?)(?:I?B)?")
_DURATION = re.compile(r"(\d+(?:\.\d+)?) *([smh])")
_DURATION_UNITS = {"s": 1, "m": 60, "h": 3600}
IMAGE_HELP = "a short name (xgboost: image or program tandem-xgboost), an image URI, or a program"


def add_engine(parser: ArgumentParser) -> None:
    """Add `--engine`."""
    parser.add_argument(
        "--engine",
        choices=ENGINE_NAMES,
        default="auto",
        help="docker runs images, process runs their programs as child processes; auto selects "
        "docker if it is running and the images exist (default: auto)",
    )


def add_allowed_hosts(parser: ArgumentParser) -> None:
    """Add `--allow-host`."""
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME[:PORT]",
        help="accept requests for this host and from its web pages, beside loopback names "
        "(may be repeated)",
    )


def add_model_size(parser: ArgumentParser) -> None:
    """Add `--max-model-size`."""
    parser.add_argument(
        "--max-model-size",
        type=parse_size,
        metavar="SIZE",
        help="largest content of a model archive or gzip object once unpacked, such as 500MB or "
        "2GB, up to 512GB (default: 100 times its compressed size, at least 256MB and at most "
        "30GB)",
    )


def add_samples(parser: ArgumentParser) -> None:
    """Add `--samples`."""
    parser.add_argument(
        "--samples",
        type=parse_sample_folder,
        metavar="DIR",
        help="a folder BUCKET/KEY with the contents of public buckets, such as "
        "`local-sagemaker samples` builds; REGION in a bucket's name stands for any region",
    )


def parse_sample_folder(text: str) -> SampleFolder:
    """Return the folder of sample data. Raises ArgumentTypeError when there is no such folder."""
    folder = Path(text)
    if not folder.is_dir():
        raise ArgumentTypeError(f"no such folder: {text}. Build it with `local-sagemaker samples`")
    return SampleFolder(folder)


def parse_size(text: str) -> int:
    """Parse a size such as 500MB; return bytes (1 KB = 1024 bytes).

    Raises ArgumentTypeError when it is invalid or larger than 512 GB.
    """
    match = _SIZE.fullmatch(text.strip().upper())
    size = int(float(match[1]) * 1024 ** " KMGT".index(match[2] or " ")) if match else 0
    if not 1 <= size <= HIGHEST_LIMIT:
        raise ArgumentTypeError(f"{text!r} is no size between 1 byte and 512GB; write 500MB or 2GB")
    return size


def parse_duration(text: str) -> float:
    """Parse a time such as 90s, 10m or 1h; return seconds. Raises ArgumentTypeError otherwise."""
    match = _DURATION.fullmatch(text.strip())
    seconds = float(match[1]) * _DURATION_UNITS[match[2]] if match else 0.0
    if not seconds:
        raise ArgumentTypeError(f"invalid time: {text!r}. Write a time above 0, as in 90s or 10m")
    return seconds


def parse_count(text: str) -> int:
    """Parse a whole number. Raises ArgumentTypeError when it is none, or not positive."""
    if not text.isdecimal() or not int(text):
        raise ArgumentTypeError(f"invalid number: {text!r}. Give a whole number of 1 or more")
    return int(text)


def add_source_code(parser: ArgumentParser) -> None:
    """Add `--entry-point` and `--source-dir`."""
    parser.add_argument(
        "--entry-point",
        metavar="FILE",
        help="script mode: your program, a path inside --source-dir",
    )
    parser.add_argument(
        "--source-dir",
        type=Path,
        metavar="DIR",
        help="script mode: the directory with the program and its files "
        "(default: the program alone)",
    )


def read_source_code(args: Namespace) -> SourceCode | None:
    """Return the source code of the options. Raises UserError when there is no such program."""
    if args.entry_point is None:
        if args.source_dir is not None:
            raise UserError("--source-dir needs --entry-point, the program in it")
        return None
    code = SourceCode(args.entry_point, args.source_dir)
    code.check()
    return code


def add_environment(parser: ArgumentParser, scope: str) -> None:
    """Add `--env`."""
    parser.add_argument("--env", action="extend", nargs="+", default=[], metavar="K=V", help=scope)


def add_stages(parser: ArgumentParser) -> None:
    """Add `--stage` and the variables of the stages."""
    parser.add_argument(
        "--stage",
        action="extend",
        nargs="+",
        required=True,
        metavar="IMAGE=MODEL",
        help="one container, in the order of the chain: its image and its model, a directory, "
        f"a model.tar.gz or - for none; IMAGE is {IMAGE_HELP}",
    )
    add_environment(
        parser, "environment variable of all containers; 2:K=V sets it in the second one only"
    )
    add_model_size(parser)


def add_ping_timeout(parser: ArgumentParser) -> None:
    """Add `--ping-timeout`."""
    parser.add_argument(
        "--ping-timeout",
        type=float,
        default=PING_WINDOW_SECONDS,
        metavar="SECONDS",
        help="maximum time until the container answers /ping with 200 (default: %(default)g)",
    )


def parse_pairs(texts: Sequence[str], kind: str) -> dict[str, str]:
    """Parse `NAME=VALUE` texts. Raises UserError when one is malformed or duplicate."""
    pairs: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not (equals and name):
            raise UserError(f"{kind} {text!r} is not NAME=VALUE")
        if name in pairs:
            raise UserError(f"{kind} {name!r} is given twice")
        pairs[name] = value
    return pairs


def read_stages(args: Namespace) -> list[Stage]:
    """Return the stages of `--stage`, with the variables of `--env` for all or for one."""
    texts: list[str] = args.stage
    scoped = [_parse_scope(text, len(texts)) for text in args.env]
    stages = []
    for number, text in enumerate(texts, start=1):
        pairs = [pair for scope, pair in scoped if scope in {None, number}]
        stage = parse_stage(text, parse_pairs(pairs, "environment variable"))
        stages.append(replace(stage, max_model_size=args.max_model_size))
    return stages


def _parse_scope(text: str, count: int) -> tuple[int | None, str]:
    number, colon, rest = text.partition(":")
    if not (colon and number.isdecimal()):
        return None, text
    if not 1 <= int(number) <= count:
        raise UserError(f"--env {text}: there is no container {number}", f"number 1 to {count}")
    return int(number), rest


def choose_engine(args: Namespace, images: Sequence[str]) -> Engine:
    """Select the engine of `--engine`, and print which one and why in one line."""
    engine = select_engine(args.engine, images)
    report_progress(f"engine: {engine.name} ({engine.reason})")
    return engine


def parse_seconds(text: str) -> float:
    """Return a time in seconds. Raises ArgumentTypeError unless it is from 0 to 86400."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 86_400:
        raise ArgumentTypeError(f"invalid time: {text!r}. Write seconds from 0 to 86400.")
    return seconds
