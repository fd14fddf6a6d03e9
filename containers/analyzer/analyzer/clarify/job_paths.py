"""Where a Clarify job has its configuration, its data set and its results.

The inputs and outputs of the job are named `analysis_config`, `dataset` and `analysis_result`;
their folders stand in `/opt/ml/config/processingjobconfig.json` (Developer Guide, "Configure a
SageMaker Clarify Processing Job"). The configuration's file may have any name, as in Amazon's
notebook `fairness_and_explainability_with_boto3`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tandem.contract.paths import Paths

CONFIG = "analysis_config.json"


def find_config(paths: Paths) -> Path | None:
    """Return the file of the configuration; None where a job has none, or several others."""
    named = _find_named_input(paths, "analysis_config")
    folder = named or paths.root / "processing" / "input" / "config"
    if (folder / CONFIG).is_file():
        return folder / CONFIG
    files = [] if named is None or not folder.is_dir() else sorted(folder.glob("*.json"))
    return files[0] if len(files) == 1 else None


def find_input(paths: Paths) -> Path:
    """Return the folder of the data set."""
    return _find_named_input(paths, "dataset") or paths.root / "processing" / "input" / "data"


def _find_named_input(paths: Paths, name: str) -> Path | None:
    for entry in _read(paths).get("ProcessingInputs") or []:
        if entry.get("InputName") == name:
            return paths.local(str(entry["S3Input"]["LocalPath"]))
    return None


def find_output(paths: Paths) -> Path:
    """Return the folder of the results."""
    outputs = (_read(paths).get("ProcessingOutputConfig") or {}).get("Outputs") or []
    for entry in outputs:
        if entry.get("OutputName") == "analysis_result":
            return paths.local(str(entry["S3Output"]["LocalPath"]))
    return paths.root / "processing" / "output"


def _read(paths: Paths) -> Mapping[str, Any]:
    path = paths.root / "config" / "processingjobconfig.json"
    if not path.is_file():
        return {}
    content: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
