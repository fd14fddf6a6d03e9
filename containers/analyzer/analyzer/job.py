"""One processing job: its contract, its analysis, its exit code and message.

Model Monitor and SageMaker Clarify describe their jobs differently: Model Monitor by environment
variables (Developer Guide, "Container Contract Inputs"), Clarify by `analysis_config.json`
(Developer Guide, "How It Works: SageMaker Clarify Processing Container").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.clarify.job_paths import find_config
from analyzer.contract import message_file
from analyzer.contract.monitor_job import MonitorJob, read_monitor_job
from tandem.contract import settings
from tandem.contract.exit_status import ExitStatus
from tandem.contract.paths import Paths
from tandem.contract.training_job import read_json_object
from tandem.logs import configure, logger

if TYPE_CHECKING:
    from analyzer.clarify.clarify_job import ClarifyJob
    from analyzer.dataset.job_engine import JobEngine


def run_job() -> int:
    """Run the job of this container. Return the exit code; the message says how it ended."""
    report = ExitStatus()
    with report:
        environment = settings.read()
        paths = Paths(environment.base_dir)
        report.set_failure_file(message_file.locate(paths))
        configure(int(environment.log_level))
        message = _run(paths)
        logger.info("%s", message)
        message_file.write_message(paths, message)
    return report.exit_code


def _run(paths: Paths) -> str:
    hosts, current = _read_hosts(paths)
    job = _read_job(paths)
    from analyzer.dataset.job_engine import open_engine

    with open_engine(job, paths, hosts, current) as engine:
        if engine is not None:
            return _analyze(job, engine)
    return f"Completed: {hosts[0]} wrote the results of all hosts."


def _read_job(paths: Paths) -> MonitorJob | ClarifyJob:
    variables = settings.copy_environment()
    config = find_config(paths)
    if config is None:
        return read_monitor_job(variables, paths)
    from analyzer.clarify.clarify_job import read_clarify_job

    return read_clarify_job(config, paths, variables)


def _read_hosts(paths: Paths) -> tuple[tuple[str, ...], str]:
    """Return the hosts of the job in sorted order, and this one."""
    resources = read_json_object(paths.root / "config/resourceconfig.json")
    current = str(resources.get("current_host", "algo-1"))
    return tuple(sorted(resources.get("hosts", [current]))), current


def _analyze(job: MonitorJob | ClarifyJob, engine: JobEngine) -> str:
    if not isinstance(job, MonitorJob):
        from analyzer.clarify.analysis import run_analysis as run_clarify

        return run_clarify(job, engine)
    if job.ground_truth_source is not None:
        from analyzer.model_quality.merge import run_merge

        return run_merge(job, engine)
    if job.analysis_type == "MODEL_QUALITY":
        from analyzer.model_quality.analysis import run_analysis
    else:
        from analyzer.data_quality.analysis import run_analysis
    return run_analysis(job, engine)
