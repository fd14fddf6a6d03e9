"""The loader of an artifact: the image's algorithm, or the script the artifact names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tandem.algorithm import Algorithm
from tandem.contract.entry_point import check_artifact_code, find_model_entry_point
from tandem.contract.settings import Settings
from tandem.serving.model_service import LoadedArtifact


def make_loader(algorithm: Algorithm, settings: Settings) -> Callable[[Path], LoadedArtifact]:
    """Return the function that loads the artifact in a folder. Both raise UserError.

    A script has no stages. In an image that runs code of an artifact, this is the only place where
    the permission is checked.
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
