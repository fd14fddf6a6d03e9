"""`transform`: one batch transform job."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from local_test.commands.shared.answer import Answer, Key
from local_test.commands.shared.command import Command
from local_test.commands.shared.failure_report import report_failure, report_warning
from local_test.commands.shared.options import add_engine, add_stages, choose_engine, read_stages
from local_test.jobs import BatchSettings, Split, TransformJob, transform
from local_test.output import print_answer
from local_test.platform.batch_transform.batch_settings import MAX_RETRIES, MULTI, SINGLE
from local_test.platform.job_status import JobStatus


def _add_options(parser: ArgumentParser) -> None:
    add_stages(parser)
    parser.add_argument("--input", required=True, type=Path, help="a file, or a folder of files")
    parser.add_argument("--content-type", metavar="T", help="content type of the input")
    parser.add_argument(
        "--accept",
        metavar="T",
        help="content type of the output, requested from the last container",
    )
    _add_record_options(parser)
    parser.add_argument(
        "--output",
        required=True,
        type=Path,
        metavar="DIR",
        help="directory for one FILE.out per input file",
    )
    add_engine(parser)


def _add_record_options(parser: ArgumentParser) -> None:
    splits = [split.value for split in Split]
    parser.add_argument(
        "--split",
        choices=splits,
        default="None",
        help="how a file is split into records (default: None, one record)",
    )
    parser.add_argument(
        "--assemble",
        choices=["None", "Line"],
        default="None",
        help="Line ends each output record with a newline (default: None)",
    )
    parser.add_argument(
        "--strategy", choices=[MULTI, SINGLE], help="records per request: many, or one"
    )
    parser.add_argument(
        "--max-payload",
        type=int,
        metavar="MB",
        help="maximum size of a request; 0: no limit, streamed",
    )
    parser.add_argument(
        "--max-concurrent", type=int, metavar="N", help="maximum number of parallel requests"
    )
    parser.add_argument(
        "--timeout",
        type=float,
        default=600.0,
        metavar="SECONDS",
        help="timeout of one request (default: %(default)g)",
    )
    parser.add_argument(
        "--retries",
        type=int,
        default=MAX_RETRIES,
        metavar="N",
        help="retries of a failed request (default: %(default)s)",
    )


def _run(args: Namespace) -> int:
    job = TransformJob(
        stages=read_stages(args),
        input=args.input,
        content_type=args.content_type,
        accept=args.accept,
        split=Split(args.split),
        assemble=Split(args.assemble),
        settings=BatchSettings(args.strategy, args.max_payload, args.max_concurrent),
        timeout=args.timeout,
        retries=args.retries,
    )
    job.check()
    engine = choose_engine(args, [stage.image for stage in job.stages])
    result = transform(job, args.output, engine)
    for warning in result.warnings:
        report_warning(warning)
    print_answer(
        {
            "job": job.name,
            "status": result.status,
            "seconds": round(result.seconds, 3),
            "outputs": [str(path) for path in result.outputs],
            "warnings": result.warnings,
            "failure_reason": result.failure_reason or None,
        },
        [
            *(f"output: {path}" for path in result.outputs),
            f"{job.name}: {result.status} after {result.seconds:.1f} s",
        ],
    )
    if result.status is JobStatus.COMPLETED:
        return 0
    report_failure(result.failure_reason, result.log)
    return 1


_ANSWER = Answer(
    (
        Key("job", "string", "name of the job"),
        Key("status", "string", "`Completed`, `Failed` or `Stopped`"),
        Key("seconds", "number", "how long it ran"),
        Key("outputs", "list of string", "files that were written"),
        Key("warnings", "list of string", "one sentence each"),
        Key("failure_reason", "string|null", "why it failed"),
    )
)

COMMAND = Command(
    name="transform",
    summary="run a batch transform job",
    add_options=_add_options,
    run=_run,
    example="transform --stage preprocessor=build/recipe --input data/raw.csv "
    "--content-type text/csv --accept text/csv --split Line --assemble Line --output build/out",
    answers={"": _ANSWER},
)
