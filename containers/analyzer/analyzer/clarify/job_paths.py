"""Where a Clarify job has its data set and its results.

The inputs and outputs of the job are named `dataset` and `analysis_result`; their folders stand in
`/opt/ml/config/processingjobconfig.json` (Developer Guide, "Configure a SageMaker Clarify
Processing Job").
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tandem.contract.paths import Paths


def find_input(paths: Paths) -> Path:
    """Return the folder of the data set."""
    for entry in _read(paths).get("ProcessingInputs") or []:
        if entry.get("InputName") == "dataset":
            return paths.local(str(entry["S3Input"]["LocalPath"]))
    return paths.root / "processing" / "input" / "data"


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
