"""The job's code: downloaded for a fit, copied into the artifact, imported in both places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from tandem.contract.entry_point import CODE
from tandem.contract.training_job import Job
from tandem.logs import logger
from tandem.script import code_import, requirements, source_dir


def fetch_code(job: Job) -> Path:
    """Download and unpack the job's code; return its folder.

    Raises UserError when there is none, or it cannot be unpacked.
    """
    return source_dir.prepare_code(job.user_code, job.paths, job.unpacked_limit)


@contextmanager
def enable_imports(code: Path) -> Iterator[None]:
    """Install the code's requirements and make its folder `code` importable in the context.

    Raises UserError when the requirements cannot be installed.
    """
    packages = requirements.install(code)
    with code_import.import_from(code, packages):
        yield


def enable_artifact_code(values: Mapping[str, Any], folder: Path) -> Any:
    """Return the context in which a plan's JSON values can be read: its own code is importable."""
    if not any("own" in block for block in values.get("blocks", ())):
        return nullcontext()
    logger.warning("the recipe's own transformers run code from %s", folder / CODE)
    return enable_imports(folder / CODE)
