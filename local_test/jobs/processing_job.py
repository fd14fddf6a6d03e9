"""A processing job as it is asked for, and as it ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from local_test.errors import UserError
from local_test.jobs.job_names import make_job_name
from local_test.platform import limits
from local_test.platform.job_status import JobStatus
from local_test.platform.opt_ml_tree import OptMlTree

ROOT = PurePosixPath("/opt/ml")
_PROCESSING = ROOT / "processing"


@dataclass(frozen=True)
class ProcessingInput:
    """A file or a folder of this machine, and where the containers find its content."""

    name: str
    path: Path
    local_path: str
    distribution: str = "FullyReplicated"


@dataclass(frozen=True)
class ProcessingJob:
    """What is asked for, in the words of CreateProcessingJob.

    Without an `entrypoint` the image's own one is run. `outputs` are names with the folders the
    containers write to; `description` is what the containers read of the job itself.
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
    description: Mapping[str, Any] = field(default_factory=dict)

    def check(self) -> None:
        """Refuse what CreateProcessingJob would refuse (UserError)."""
        limits.check_job_name(self.name)
        limits.check_runtime(self.max_runtime)
        limits.check_instances(self.instance_count)
        limits.check_environment(self.environment, limits.PROCESSING_ENVIRONMENT)
        for source in self.inputs:
            check_local_path(source.name, source.local_path)
        for name, local_path in self.outputs.items():
            check_local_path(name, local_path)


@dataclass(frozen=True)
class ProcessingResult:
    """How the job ended; `trees` are its hosts' `/opt/ml`, with what they wrote.

    `message` is what the container left for `ExitMessage`.
    """

    status: JobStatus
    exit_code: int
    trees: Sequence[OptMlTree]
    message: str = ""
    failure_reason: str = ""


def check_local_path(name: str, local_path: str) -> None:
    """Refuse a place outside of `/opt/ml/processing` (UserError)."""
    path = PurePosixPath(local_path)
    if _PROCESSING not in path.parents or ".." in path.parts:
        raise UserError(
            f"{name}: the local path {local_path!r} is refused", f"write {_PROCESSING}/FOLDER"
        )


def locate_folder(tree: OptMlTree, local_path: str) -> Path:
    """Return where a local path of the containers stands on this machine."""
    return tree.root / PurePosixPath(local_path).relative_to(ROOT)
