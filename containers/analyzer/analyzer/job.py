"""One processing job: its contract, its analysis, its exit code and message.

Model Monitor and SageMaker Clarify describe their jobs differently: Model Monitor by environment
variables (Developer Guide, "Container Contract Inputs"), Clarify by `analysis_config.json`
(Developer Guide, "How It Works: SageMaker Clarify Processing Container").
"""

from __future__ import annotations

from analyzer.clarify.job_paths import find_config
from analyzer.contract import message_file
from analyzer.contract.monitor_job import MonitorJob, read_monitor_job
from tandem.contract import settings
from tandem.contract.exit_status import ExitStatus
from tandem.contract.paths import Paths
from tandem.contract.training_job import read_json_object
from tandem.errors import UserError
from tandem.logs import configure, logger


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


def _check_hosts(paths: Paths) -> None:
    """Raise UserError on one of several hosts: each would judge a part, or all, for itself."""
    hosts = read_json_object(paths.root / "config/resourceconfig.json").get("hosts", [])
    if len(hosts) > 1:
        raise UserError(
            f"the analyzer runs on one host, and this job has {len(hosts)}: set InstanceCount to 1"
        )


def _run(paths: Paths) -> str:
    _check_hosts(paths)
    config = find_config(paths)
    if config is not None:
        from analyzer.clarify.analysis import run_analysis

        return run_analysis(config, paths)
    job = read_monitor_job(settings.copy_environment(), paths)
    if job.ground_truth_source is not None:
        from analyzer.model_quality.merge import run_merge

        return run_merge(job)
    return _analyze(job)


def _analyze(job: MonitorJob) -> str:
    if job.analysis_type == "MODEL_QUALITY":
        from analyzer.model_quality.analysis import run_analysis
    else:
        from analyzer.data_quality.analysis import run_analysis
    return run_analysis(job)
