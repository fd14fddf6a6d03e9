"""Violations of constraints, as `constraint_violations.json` has them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tandem.io.atomic_write import write_atomic

VIOLATIONS = "constraint_violations.json"


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write an object of JSON as a whole; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    write_atomic(path, f"{text}\n".encode())


def write_violations(folder: Path, violations: Sequence[Mapping[str, Any]]) -> None:
    """Write `constraint_violations.json`, also where there are none."""
    write_json(folder / VIOLATIONS, {"version": 0, "violations": list(violations)})
