"""`conform`: check an image against the SageMaker container contract."""

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from pathlib import Path, PurePath

from rich.console import Console

from local_test.commands.shared.answer import Answer, Key
from local_test.commands.shared.command import Command
from local_test.commands.shared.options import (
    IMAGE_HELP,
    add_engine,
    add_model_size,
    choose_engine,
    parse_pairs,
)
from local_test.conformance import reports
from local_test.conformance.badge import check_badge_path, to_badge
from local_test.conformance.harness.image_under_test import CSV, ImageUnderTest
from local_test.conformance.harness.sample_data import SAMPLES, SampleData, find_sample
from local_test.conformance.runner import ConformanceReport, examine, select_checks
from local_test.conformance.sarif import DEFAULT_SOURCE, to_sarif
from local_test.errors import UserError
from local_test.output import find_progress_stream, is_quiet, print_answer
from local_test.platform.metrics import parse_metric_definition
from local_test.workspace import open_workspace


def _add_options(parser: ArgumentParser) -> None:
    parser.add_argument("image", metavar="IMAGE", nargs="?", help=IMAGE_HELP)
    _add_image_options(parser)
    _add_next_options(parser)
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="PATTERN",
        help="run only checks whose id matches, such as C-04* (may be repeated)",
    )
    parser.add_argument(
        "--skip",
        action="append",
        default=[],
        metavar="PATTERN",
        help="skip checks whose id matches, such as C-09* (may be repeated)",
    )
    parser.add_argument("--list", action="store_true", help="list the checks and run none")
    parser.add_argument(
        "--strict", action="store_true", help="a failed `should` fails the command too"
    )
    _add_report_options(parser)
    add_engine(parser)


def _add_report_options(parser: ArgumentParser) -> None:
    for name, form in (
        ("report", "the report as JSON"),
        ("junit", "the report as JUnit XML"),
        ("sarif", "the report as SARIF 2.1.0, for code scanning"),
        ("badge", "a badge with the result: .svg, or .json for shields.io"),
    ):
        parser.add_argument(f"--{name}", type=Path, metavar="FILE", help=f"write {form}")
    parser.add_argument(
        "--sarif-source",
        type=PurePath,
        default=DEFAULT_SOURCE,
        metavar="FILE",
        help="file of the repository that results in --sarif point at (default: %(default)s)",
    )


def _add_image_options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--sample",
        choices=[sample.name for sample in SAMPLES],
        help="data to train on where --train is not given, with hyperparameters and a request: "
        + "; ".join(f"{sample.name}: {sample.sentence}" for sample in SAMPLES)
        + " (default: by the image's name)",
    )
    parser.add_argument(
        "--train", type=Path, metavar="DIR", help="your training data, the channel `train`"
    )
    parser.add_argument(
        "--content-type",
        default=CSV,
        metavar="T",
        help="content type of the training data (default: %(default)s)",
    )
    parser.add_argument(
        "--hyperparameters",
        type=Path,
        metavar="FILE",
        help="a JSON object (default: those of the sample)",
    )
    parser.add_argument(
        "--hyperparameter",
        action="extend",
        nargs="+",
        default=[],
        metavar="K=V",
        help="hyperparameters that are set in addition to those of --hyperparameters or the sample",
    )
    parser.add_argument("--request", type=Path, metavar="FILE", help="a valid request body")
    parser.add_argument(
        "--request-type",
        default=CSV,
        metavar="T",
        help="content type of the request (default: %(default)s)",
    )
    for name, meaning in _HYPERPARAMETER_OPTIONS.items():
        parser.add_argument(
            f"--{name}", action="extend", nargs="+", default=[], metavar="K=V", help=meaning
        )
    parser.add_argument(
        "--code-switch",
        action="extend",
        nargs="+",
        default=[],
        metavar="NAME=VALUE",
        help="environment variables with which the image runs no code of a model archive",
    )
    parser.add_argument(
        "--metric",
        action="extend",
        nargs="+",
        default=[],
        metavar="NAME=REGEX",
        help="metrics to read from the log",
    )


def _add_next_options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--next",
        metavar="IMAGE",
        help="image that follows IMAGE in a pipeline; it is trained on the output of IMAGE for the "
        "training data, the label first",
    )
    parser.add_argument(
        "--next-model",
        type=Path,
        metavar="PATH",
        help="a model for --next, a folder or a model.tar.gz, instead of training one",
    )
    add_model_size(parser)
    parser.add_argument(
        "--next-hyperparameters",
        type=Path,
        metavar="FILE",
        help="a JSON object, to train --next with (default: by the image's name)",
    )


_HYPERPARAMETER_OPTIONS = {
    "bad": "invalid hyperparameters, whose rejection is expected",
    "long": "hyperparameters with which training runs for 60 s or longer",
    "resume": "hyperparameters with which training runs for some seconds",
}


def _run(args: Namespace) -> int:
    checks = select_checks(args.only, args.skip)
    if args.list:
        print_answer(
            [{key.name: getattr(check, key.name) for key in _CHECK} for check in checks],
            [f"{check.id}  {check.severity:6}  {check.sentence}" for check in checks],
        )
        return 0
    console = Console(file=find_progress_stream(), highlight=False, quiet=is_quiet())
    if args.image is None:
        raise UserError("no image is given", "write it before the options: `conform IMAGE`")
    if args.badge is not None:
        check_badge_path(args.badge)
    engine = choose_engine(args, [image for image in (args.image, args.next) if image])
    with open_workspace() as folder:
        subject = _make_subject(args, folder)
        report = examine(
            subject, engine, checks, lambda verdict: reports.print_verdict(verdict, console)
        )
    lines = [reports.format_summary(report)]
    if is_quiet():
        lines = [*reports.list_failures(report), *lines]
    print_answer(reports.describe_report(report), lines)
    _write_reports(report, args)
    bad = [v for v in report.verdicts if v.status in {"failed", "blocked"}]
    return 1 if report.fatal or (args.strict and bad) else 0


def _write_reports(report: ConformanceReport, args: Namespace) -> None:
    if args.report is not None:
        args.report.write_text(reports.to_json(report), encoding="utf-8")
    if args.junit is not None:
        args.junit.write_text(reports.to_junit(report), encoding="utf-8")
    if args.sarif is not None:
        args.sarif.write_text(to_sarif(report, args.sarif_source), encoding="utf-8")
    if args.badge is not None:
        args.badge.write_text(to_badge(report, args.badge), encoding="utf-8")


def _make_subject(args: Namespace, folder: Path) -> ImageUnderTest:
    sample = _choose_sample(args)
    if (args.train is None) is not (args.request is None):
        raise UserError("--train and --request go together", "give both, or take a --sample")
    own = args.train is not None
    hyperparameters = {
        name: parse_pairs(getattr(args, name), "hyperparameter") for name in _HYPERPARAMETER_OPTIONS
    }
    chosen = _read_hyperparameters(args.hyperparameters) or ({} if own else sample.hyperparameters)
    return ImageUnderTest(
        image=args.image,
        channels={"train": args.train} if own else sample.write(folder),
        request=args.request.read_bytes() if own else sample.request.encode(),
        content_type=args.content_type,
        request_type=args.request_type,
        hyperparameters={**chosen, **parse_pairs(args.hyperparameter, "hyperparameter")},
        invalid_hyperparameters=hyperparameters["bad"] or sample.invalid_hyperparameters,
        long_hyperparameters=hyperparameters["long"] or sample.long_hyperparameters,
        resume_hyperparameters=hyperparameters["resume"] or sample.resume_hyperparameters,
        metrics=[parse_metric_definition(text) for text in args.metric],
        code_switch=parse_pairs(args.code_switch, "variable"),
        max_model_size=args.max_model_size,
        next_image=_make_next_image(args),
    )


def _make_next_image(args: Namespace) -> ImageUnderTest | None:
    if args.next is None:
        if args.next_model or args.next_hyperparameters:
            raise UserError("there is no image for --next-...", "name one with --next")
        return None
    hyperparameters = (
        _read_hyperparameters(args.next_hyperparameters) or find_sample(args.next).hyperparameters
    )
    if args.next_model is not None and not args.next_model.exists():
        raise UserError(f"there is no {args.next_model}", "give --next-model a model")
    return ImageUnderTest(
        args.next,
        {},
        b"",
        hyperparameters=hyperparameters,
        model=args.next_model,
        max_model_size=args.max_model_size,
    )


def _choose_sample(args: Namespace) -> SampleData:
    if args.sample is None:
        return find_sample(args.image)
    return next(sample for sample in SAMPLES if sample.name == args.sample)


def _read_hyperparameters(path: Path | None) -> Mapping[str, str]:
    if path is None:
        return {}
    try:
        values = json.loads(path.read_bytes())
    except ValueError as error:
        raise UserError(f"{path} is not valid JSON: {error}") from error
    if not isinstance(values, dict):
        raise UserError(f"{path} must hold a JSON object")
    return {name: v if isinstance(v, str) else json.dumps(v) for name, v in values.items()}


_CHECK = (
    Key("id", "string", "number of the check"),
    Key("severity", "string", "`must` or `should`"),
    Key("sentence", "string", "what the contract demands"),
)
_REPORT = Answer(
    (
        Key("image", "string", "the image"),
        Key("engine", "string", "engine that ran it"),
        Key("conforms", "boolean", "whether no `must` failed"),
        Key("seconds", "number", "how long all checks took"),
        Key(
            "checks",
            "list of object",
            "the checks",
            (
                *_CHECK,
                Key("group", "string", "title of its group"),
                Key("status", "string", "`passed`, `failed`, `blocked` or `not applicable`"),
                Key("detail", "string", "what was observed"),
                Key("remedy", "string", "what to change if it failed"),
                Key("seconds", "number", "how long it took"),
            ),
        ),
    )
)

COMMAND = Command(
    name="conform",
    summary="check an image against the SageMaker container contract",
    add_options=_add_options,
    run=_run,
    example="conform xgboost --junit build/conform.xml",
    answers={"": _REPORT, "--list": Answer(_CHECK, form="list")},
)
