"""Request and result of a processing job."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from local_test.engines.aws_access import NO_AWS_ACCESS, AwsAccess
from local_test.errors import UserError
from local_test.jobs.job_names import make_job_name
from local_test.platform import limits
from local_test.platform.job_status import JobStatus
from local_test.platform.opt_ml_tree import OptMlTree

ROOT = PurePosixPath("/opt/ml")
_PROCESSING = ROOT / "processing"


@dataclass(frozen=True)
class ProcessingInput:
    """A file or folder of this machine, and its path in the containers."""

    name: str
    path: Path
    local_path: str
    distribution: str = "FullyReplicated"


@dataclass(frozen=True)
class ProcessingJob:
    """The parameters of CreateProcessingJob.

    Without `entrypoint` the image's own is used. `outputs` maps names to folders in the containers;
    `description` is the content of `processingjobconfig.json`; `max_runtime` is in seconds.
    """

    image: str
    entrypoint: Sequence[str] = ()
    arguments: Sequence[str] = ()
    inputs: Sequence[ProcessingInput] = ()
    outputs: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    name: str = field(default_factory=lambda: make_job_name("processing"))
    arn: str = ""
    max_runtime: float = limits.DEFAULT_RUNTIME_SECONDS
    instance_count: int = 1
    isolated: bool = False
    aws: AwsAccess = NO_AWS_ACCESS
    description: Mapping[str, Any] = field(default_factory=dict)

    def check(self) -> None:
        """Raise UserError when CreateProcessingJob would reject the job."""
        limits.check_job_name(self.name)
        limits.check_runtime(self.max_runtime)
        limits.check_instances(self.instance_count)
        limits.check_environment(self.environment, limits.PROCESSING_ENVIRONMENT)
        limits.check_command(self.entrypoint, self.arguments)
        for source in self.inputs:
            check_local_path(source.name, source.local_path)
        for name, local_path in self.outputs.items():
            check_local_path(name, local_path)


@dataclass(frozen=True)
class ProcessingResult:
    """How the job ended; `trees` are its hosts' `/opt/ml`, with their output.

    `message` is the content of `output/message`, shown as `ExitMessage`.
    """

    status: JobStatus
    exit_code: int
    trees: Sequence[OptMlTree]
    message: str = ""
    failure_reason: str = ""


def check_local_path(name: str, local_path: str) -> None:
    """Raise UserError when a path is not below `/opt/ml/processing`."""
    path = PurePosixPath(local_path)
    if _PROCESSING not in path.parents or ".." in path.parts:
        raise UserError(
            f"{name}: the local path {local_path!r} is refused", f"write {_PROCESSING}/FOLDER"
        )


def locate_folder(tree: OptMlTree, local_path: str) -> Path:
    """Return the path on this machine of a path in the containers."""
    return tree.root / PurePosixPath(local_path).relative_to(ROOT)
