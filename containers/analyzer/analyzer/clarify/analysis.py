"""A job of SageMaker Clarify."""

from __future__ import annotations

from pathlib import Path

from tandem.contract.paths import Paths
from tandem.errors import UserError


def run_analysis(config: Path, _paths: Paths) -> str:
    """Run the analysis that `analysis_config.json` describes. Return the job's exit message.

    Raises UserError when the configuration has no meaning.
    """
    raise UserError(
        f"the methods of {config.name} are not computed by this version of the analyzer",
        remedy="Compute them in a processing job of your own (ScriptProcessor)",
    )
