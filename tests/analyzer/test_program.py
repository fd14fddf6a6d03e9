"""The program `tandem-analyzer` tells the contracts apart, and says how a job ended."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def run(root: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "analyzer", *words],
        env={"SAGEMAKER_BASE_DIR": str(root), **environment},
        capture_output=True,
        text=True,
    )


def test_a_job_of_neither_contract_is_refused_in_one_sentence(tmp_path: Path) -> None:
    ended = run(tmp_path)
    message = (tmp_path / "output/message").read_text()
    assert ended.returncode == 1
    assert message.startswith("UserError: environment variable dataset_source is missing")
    assert ended.stderr == f"{message}\n"


def test_words_are_refused_with_the_usage(tmp_path: Path) -> None:
    ended = run(tmp_path, "train")
    assert ended.returncode == 1
    assert ended.stderr.startswith("usage: tandem-analyzer [serve]\n")
    assert not (tmp_path / "output").exists()
