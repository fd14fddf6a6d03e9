"""Notebooks for tests."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path


def write_cells(path: Path, cells: Sequence[str], kernel: str | None = "python3") -> Path:
    """Write a notebook with these code cells behind a cell of text."""
    text = {"cell_type": "markdown", "id": "text", "metadata": {}, "source": "# Title"}
    code: list[dict[str, object]] = [
        {
            "cell_type": "code",
            "id": f"cell-{number}",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
            "source": source,
        }
        for number, source in enumerate(cells)
    ]
    spec = {"name": kernel, "display_name": "any", "language": "python"}
    content = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {} if kernel is None else {"kernelspec": spec},
        "cells": [text, *code],
    }
    path.write_text(json.dumps(content))
    return path
