"""Violations of constraints, as `constraint_violations.json` has them.

Source: Developer Guide, "Schema for Violations (constraint_violations.json file)".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from analyzer.contract.json_files import write_json

VIOLATIONS = "constraint_violations.json"


def write_violations(folder: Path, violations: Sequence[Mapping[str, Any]]) -> None:
    """Write `constraint_violations.json`, also where there are none."""
    write_json(folder / VIOLATIONS, {"violations": list(violations)})
