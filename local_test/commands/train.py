"""`train`: one training job."""

import math
import tarfile
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from local_test.commands.shared.answer import Answer, Key
from local_test.commands.shared.command import Command
from local_test.commands.shared.failure_report import report_failure
from local_test.commands.shared.options import (
    IMAGE_HELP,
    add_engine,
    add_environment,
    add_source_code,
    choose_engine,
    parse_pairs,
    read_source_code,
)
from local_test.engines import print_line
from local_test.jobs import TrainingJob, TrainingResult, train
from local_test.jobs.artifacts import OUTPUT
from local_test.jobs.job_names import make_job_name
from local_test.jobs.job_report import find_report
from local_test.output import print_answer
from local_test.output.round_bar import RoundBar
from local_test.platform.channels import INPUT_MODES, parse_channel
from local_test.platform.job_status import JobStatus
from local_test.platform.limits import DEFAULT_RUNTIME_SECONDS
from local_test.platform.metrics import parse_metric_definition

# Files named of an archive.
_MAX_NAMES = 5


def _add_options(parser: ArgumentParser) -> None:
    parser.add_argument("--image", required=True, help=IMAGE_HELP)
    parser.add_argument(
        "--channel",
        action="extend",
        nargs="+",
        default=[],
        metavar="NAME=PATH[;KEY=VALUE]",
        help="a file or folder placed in /opt/ml/input/data/NAME; keys: content-type; input-mode; "
        "distribution=ShardedByS3Key gives each of several hosts a part of the files; "
        "record-wrapper=RecordIO sends each object as one record of a pipe",
    )
    parser.add_argument(
        "--input-mode",
        choices=INPUT_MODES,
        default="File",
        help="input mode of channels that do not set one: files, FIFOs NAME_0, NAME_1, ... (one "
        "per epoch), or read-only files (default: %(default)s)",
    )
    parser.add_argument(
        "--hyperparameter",
        action="extend",
        nargs="+",
        default=[],
        metavar="K=V",
        help="hyperparameter passed to the container (as a string); several may follow",
    )
    parser.add_argument(
        "--output",
        required=True,
        type=Path,
        metavar="DIR",
        help="directory for model.tar.gz, output.tar.gz, status, FailureReason and job.json",
    )
    add_source_code(parser)
    add_environment(parser, "environment variable of the container")
    parser.add_argument(
        "--job-name",
        default=make_job_name("training"),
        help="name of the job (default: made from the time)",
    )
    parser.add_argument(
        "--instance-count",
        type=int,
        default=1,
        metavar="N",
        help="number of hosts (default: %(default)d)",
    )
    parser.add_argument(
        "--checkpoints",
        type=Path,
        metavar="DIR",
        help="directory for /opt/ml/checkpoints: a restarted job resumes from it",
    )
    parser.add_argument(
        "--max-runtime",
        type=float,
        default=DEFAULT_RUNTIME_SECONDS,
        metavar="SECONDS",
        help="stop the job after this time (default: %(default)g)",
    )
    parser.add_argument(
        "--metric",
        action="extend",
        nargs="+",
        default=[],
        metavar="NAME=REGEX",
        help="a metric to read from the log; a tab is #011, as on SageMaker "
        "(default: the lines of the built-in XGBoost)",
    )
    add_engine(parser)


def _run(args: Namespace) -> int:
    job = TrainingJob(
        image=args.image,
        channels=[parse_channel(text) for text in args.channel],
        hyperparameters=parse_pairs(args.hyperparameter, "hyperparameter"),
        environment=parse_pairs(args.env, "environment variable"),
        name=args.job_name,
        max_runtime=args.max_runtime,
        instance_count=args.instance_count,
        checkpoints=args.checkpoints,
        metrics=[parse_metric_definition(text) for text in args.metric],
        source_code=read_source_code(args),
        input_mode=args.input_mode,
    )
    job.check()
    engine = choose_engine(args, [job.image])
    with RoundBar(job.hyperparameters, print_line) as logs:
        result = train(job, args.output, engine, logs=logs)
    _print_result(result, args.output / OUTPUT)
    return 0 if result.status is JobStatus.COMPLETED else 1


def _print_result(result: TrainingResult, output: Path) -> None:
    files, report = _list_output(output)
    lines = [f"{name} = {values[-1]:g}" for name, values in result.metrics.items()]
    for name, epochs in result.epochs.items():
        lines.append(f"channel {name}: opened {epochs} times as a pipe")
    lines.append(f"{result.job.name}: {result.status} after {result.seconds:.1f} s")
    if files:
        lines.append(f"output: {output} with {_join_names(files)}")
    if report is not None:
        lines.append(f"report: {report} in it; local-sagemaker report {output.parent} --open")
    if result.model is not None:
        lines.append(f"model: {result.model}")
    print_answer(_describe(result, output, files, report), lines)
    if result.status is JobStatus.FAILED:
        report_failure(result.diagnosis, result.log)
    elif result.status is JobStatus.STOPPED:
        report_failure(f"stopped: {result.outcome.secondary}")


def _list_output(output: Path) -> tuple[list[str], str | None]:
    """Return the names of the files in an output archive, if it exists, and of its report."""
    if not output.is_file():
        return [], None
    with tarfile.open(output) as archive:
        files = sorted(member.name for member in archive if member.isfile())
        report = find_report(archive)
    return files, None if report is None else report.name


def _describe(
    result: TrainingResult, output: Path, files: Sequence[str], report: str | None
) -> dict[str, Any]:
    failed = result.status is not JobStatus.COMPLETED
    last = {name: values[-1] for name, values in result.metrics.items()}
    return {
        "job": result.job.name,
        "status": result.status,
        "seconds": round(result.seconds, 3),
        "metrics": {name: value if math.isfinite(value) else None for name, value in last.items()},
        "epochs": dict(result.epochs),
        "model": result.model and str(result.model),
        "output": str(output) if files else None,
        "files": list(files),
        "report": report,
        "failure_reason": (result.diagnosis or result.outcome.secondary) if failed else None,
        "log": list(result.log) if failed else [],
    }


def _join_names(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MAX_NAMES} more" if len(names) > _MAX_NAMES else ""
    return ", ".join(names[:_MAX_NAMES]) + more


_ANSWER = Answer(
    (
        Key("job", "string", "name of the job"),
        Key("status", "string", "`Completed`, `Failed` or `Stopped`"),
        Key("seconds", "number", "how long the container ran"),
        Key("metrics", "map of number|null", "last values of metrics by name; null if not finite"),
        Key("epochs", "map of integer", "how often channels were opened as pipes, by name"),
        Key("model", "string|null", "path of model.tar.gz"),
        Key("output", "string|null", "path of output.tar.gz"),
        Key("files", "list of string", "names of the files in it"),
        Key("report", "string|null", "name of the report in it"),
        Key("failure_reason", "string|null", "why the job failed or was stopped"),
        Key("log", "list of string", "last log lines of a failed job"),
    )
)

COMMAND = Command(
    name="train",
    summary="run a training job",
    add_options=_add_options,
    run=_run,
    example="train --image xgboost --channel train=data/train.csv --hyperparameter num_round=100 "
    "--output build/model",
    answers={"": _ANSWER},
)
