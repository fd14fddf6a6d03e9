"""The programs of an image: `train`, `serve`, and one named after the image that does both.

The platform starts a container with one of these two words (Developer Guide, "Use Your Own
Training Algorithms" and "Use Your Own Inference Code").
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace

from tandem import algorithm as algorithms
from tandem import help_text, logs
from tandem._version import __version__
from tandem.algorithm import Algorithm
from tandem.contract import entry_point, settings, training_job
from tandem.contract.entry_point import EntryPoint
from tandem.contract.exit_status import ExitStatus
from tandem.contract.hyperparameters import resolve_hyperparameters
from tandem.contract.paths import Paths
from tandem.contract.settings import Settings
from tandem.contract.sigterm import Stop, exit_on_sigterm
from tandem.contract.training_job import Job
from tandem.errors import TandemError, UserError
from tandem.logs import logger


def run(algorithm: Algorithm, arguments: Sequence[str]) -> int:
    """Run `train`, `serve`, `--help` or `--version` of an image. Return the exit code."""
    word = arguments[0] if arguments else ""
    if word == "--version":
        logs.write_line(f"{algorithm.name} {__version__}")
        return 0
    if "--help" in arguments or "-h" in arguments:
        logs.write_line(help_text.format_page(algorithm, word))
        return 0
    if word not in _COMMANDS or len(arguments) > 1:
        sys.stderr.write(f"usage: tandem-{algorithm.name} train|serve [--help]\n")
        return 1
    return _COMMANDS[word](algorithm)


def train() -> int:
    """Run the console script `train`."""
    return _run_installed("train")


def serve() -> int:
    """Run the console script `serve`."""
    return _run_installed("serve")


def _run_installed(word: str) -> int:
    try:
        algorithm = algorithms.load_installed()
    except TandemError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return run(algorithm, [word, *sys.argv[1:]])


def _train(algorithm: Algorithm) -> int:
    stop = Stop().listen()
    report = ExitStatus()
    with report:
        environment = settings.read()
        paths = Paths(environment.base_dir)
        report.set_failure_file(paths.failure)
        logs.configure(int(environment.log_level))
        paths.model.mkdir(parents=True, exist_ok=True)
        logger.info("%s %s: training", algorithm.name, __version__)
        texts = training_job.read_hyperparameter_texts(paths)
        script = (
            entry_point.find_job_entry_point(texts, environment)
            if algorithm.scripts
            else EntryPoint()
        )
        if algorithm.runs_script(script):
            _run_script(script, paths, environment, stop)
        elif algorithm.train is None:
            raise UserError(
                f"the image {algorithm.name} has no algorithm of its own,"
                " and the job names no script",
                remedy=f"Name one in the hyperparameter '{entry_point.PROGRAM}'",
            )
        else:
            values = resolve_hyperparameters(algorithm.hyperparameters, texts)
            for remark in values.remarks:
                logger.warning("%s", remark)
            job = replace(
                training_job.read(paths, values, stop),
                user_code=script,
                unpacked_limit=environment.archive_limit(),
                model_format=environment.model_format,
            )
            _run_algorithm(algorithm, algorithm.train, job, environment)
    return report.exit_code


def _run_algorithm(
    algorithm: Algorithm, train: Callable[[Job], None], job: Job, environment: Settings
) -> None:
    if not environment.tracking_uri:
        train(job)
        return
    from tandem.tracking.recording import record_run

    parameters = job.hyperparameters.list_effective(algorithm.hyperparameters)
    with record_run(algorithm.name, job, parameters, environment) as run_log:
        train(replace(job, run_log=run_log))


def _run_script(script: EntryPoint, paths: Paths, environment: Settings, stop: Stop) -> None:
    from tandem.script.training import train

    train(script, paths, environment, stop)


def _serve(algorithm: Algorithm) -> int:
    report = ExitStatus()
    with report:
        environment = settings.read()
        logs.configure(int(environment.log_level))
        exit_on_sigterm()
        if environment.multi_model:
            _serve_many(algorithm, environment)
        else:
            _serve_one(algorithm, environment)
    return report.exit_code


def _serve_one(algorithm: Algorithm, environment: Settings) -> None:
    from tandem.serving.model_loader import make_loader
    from tandem.serving.server import run_server

    load = make_loader(algorithm, environment)
    folder = Paths(environment.base_dir).model
    empty = not folder.is_dir() or not any(folder.iterdir())
    if empty and not (algorithm.scripts and environment.program):
        raise UserError(
            f"there is no model in {folder}",
            remedy="Serve needs the content of a model.tar.gz there",
        )
    logger.info("%s %s: loading %s", algorithm.name, __version__, folder)
    run_server(load(folder), environment)


def _serve_many(algorithm: Algorithm, environment: Settings) -> None:
    from tandem.serving.model_loader import make_loader
    from tandem.serving.server import run_multi_model_server

    logger.info("%s %s: a multi-model endpoint", algorithm.name, __version__)
    run_multi_model_server(make_loader(algorithm, environment), environment)


_COMMANDS = {"train": _train, "serve": _serve}
