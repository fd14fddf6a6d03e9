"""What an artifact is loaded with: the image's algorithm, or the script it names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tandem.algorithm import Algorithm
from tandem.contract.entry_point import check_artifact_code, find_model_entry_point
from tandem.contract.settings import Settings
from tandem.serving.model_service import LoadedArtifact


def make_loader(algorithm: Algorithm, settings: Settings) -> Callable[[Path], LoadedArtifact]:
    """Return the function that loads the artifact of a folder. Both raise UserError.

    A script has no other stage than its own. Where an image runs code that an artifact brings, this
    is the one place that asks whether it may.
    """
    load_stage = algorithm.get_loader(settings.stage)
    scripts = algorithm.scripts and not settings.stage

    def load(folder: Path) -> LoadedArtifact:
        if scripts:
            check_artifact_code(folder, settings)
        script = find_model_entry_point(folder, settings) if scripts else None
        if script is None or not algorithm.runs_script(script):
            return load_stage(folder)
        from tandem.serving.script_service import load_script

        return load_script(script, folder, settings, algorithm.script_defaults())

    return load
