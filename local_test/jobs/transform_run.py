"""Runs a batch transform job: each input object becomes one `.out` file.

Source: Developer Guide, 'Use Your Own Inference Code with Batch Transform'.
"""

import os
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from local_test.endpoints.endpoint import Endpoint
from local_test.engines.container_logs import print_line
from local_test.engines.protocol import Engine, LogSink
from local_test.errors import ContainerError, UserError
from local_test.jobs.atomic_output import make_output_directory, write_atomically
from local_test.jobs.object_transform import ObjectTransform
from local_test.jobs.transform_job import ObjectResult, TransformJob, TransformResult
from local_test.platform.batch_transform.batch_settings import (
    BatchPlan,
    make_batch_plan,
    parse_execution_parameters,
)
from local_test.platform.batch_transform.request_pool import RequestPool
from local_test.platform.job_status import JobStatus

OUTPUT_SUFFIX = ".out"
_MAX_NAME_BYTES = 255


def transform(
    job: TransformJob,
    output: Path,
    engine: Engine,
    *,
    logs: LogSink = print_line,
    stop: threading.Event | None = None,
) -> TransformResult:
    """Run a job and write `<object>.out` to `output` for each object without an error.

    If a container or an object fails, the result has the status `Failed`; outputs of the other
    objects are kept. Setting `stop` stops the job, as StopTransformJob does, with the status
    `Stopped`. A stopped or interrupted job writes nothing. Raises UserError when SageMaker would
    reject the job.
    """
    job.check()
    stop = stop or threading.Event()
    objects = list(_list_objects(job.input))
    if not objects:
        raise UserError(f"the input folder {job.input} is empty", "put at least one file into it")
    _check_names([name + OUTPUT_SUFFIX for name, _ in objects])
    make_output_directory(output)
    begin = time.monotonic()
    endpoint = Endpoint(
        job.stages,
        engine,
        environment=job.settings.to_environment() | dict(job.environment),
        logs=logs,
        invocation_seconds=job.timeout,
        payload_bytes=None,
        isolated=job.isolated,
        aws=job.aws,
        stop=stop,
    )
    results: Sequence[ObjectResult] = []
    failure: ContainerError | None = None
    try:
        with endpoint:
            results = _transform_objects(job, endpoint, objects, output, stop)
            endpoint.check_running()
    except ContainerError as error:
        failure = error
    except _Stopped:
        results = []
    seconds = time.monotonic() - begin
    if stop.is_set() and not results:
        return TransformResult(job, JobStatus.STOPPED, (), seconds)
    return _make_result(job, results, failure, seconds)


class _Stopped(Exception):
    pass


def _transform_objects(
    job: TransformJob,
    endpoint: Endpoint,
    objects: list[tuple[str, Path]],
    output: Path,
    stop: threading.Event,
) -> Sequence[ObjectResult]:
    plan = _make_plan(job, endpoint)
    names = [name + OUTPUT_SUFFIX for name, _ in objects]
    with write_atomically(output, names) as aside, RequestPool(plan.max_concurrent) as requests:
        transform = ObjectTransform(job, endpoint.relay, plan, requests, stop)

        def run(item: tuple[str, Path]) -> ObjectResult:
            name, path = item
            target = aside / (name + OUTPUT_SUFFIX)
            target.parent.mkdir(parents=True, exist_ok=True)
            result = transform.run(name, path, target)
            return (
                result
                if result.output is None
                else replace(result, output=output / target.relative_to(aside))
            )

        results = requests.run_objects(run, objects)
        if stop.is_set():
            raise _Stopped
    return results


def _make_plan(job: TransformJob, endpoint: Endpoint) -> BatchPlan:
    return make_batch_plan(
        job.settings, parse_execution_parameters(endpoint.relay.read_execution_parameters())
    )


def _list_objects(source: Path) -> Iterator[tuple[str, Path]]:
    if source.is_file():
        yield source.name, source
        return
    for path in sorted(source.rglob("*")):
        if path.is_file():
            yield path.relative_to(source).as_posix(), path


def _check_names(names: Sequence[str]) -> None:
    """Raise UserError when the outputs cannot all be files."""
    folders = {str(folder) for name in names for folder in PurePosixPath(name).parents}
    for name in names:
        if name in folders:
            raise UserError(
                f"the output {name} would be a file and a folder at once", "rename an input"
            )
        if len(os.fsencode(PurePosixPath(name).name)) > _MAX_NAME_BYTES:
            raise UserError(
                f"the name of the output {name} is longer than {_MAX_NAME_BYTES} bytes",
                "shorten the name of the input",
            )


def _make_result(
    job: TransformJob,
    results: Sequence[ObjectResult],
    failure: ContainerError | None,
    seconds: float,
) -> TransformResult:
    errors = [str(failure)] if failure else []
    errors += [f"{item.name}: {item.error}" for item in results if item.error]
    status = JobStatus.FAILED if errors else JobStatus.COMPLETED
    log = failure.log if failure else ()
    return TransformResult(job, status, tuple(results), seconds, "; ".join(errors), log)
