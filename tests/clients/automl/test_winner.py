"""The program that a search leaves, unchanged: version 2 of the SageMaker SDK trains its winner."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from local_test.engines import Engine
from tests.clients.account import ROLE, Account, wait_until_deleted
from tests.clients.conftest import Client

PROGRAM = Path(sys.executable).with_name("local-sagemaker")


def test_the_program_of_a_search_gets_the_score_of_its_winner(
    account: Account, client: Client, engine: Engine, tmp_path: Path
) -> None:
    if engine.name == "docker":
        pytest.skip("fifteen containers start: run with processes alone")
    rng = np.random.default_rng(0)
    rows = [f"{x:.3f},{'ab'[int(x > 0)]},{3 * x - y:.3f}" for x, y in rng.normal(size=(150, 2))]
    (tmp_path / "data.csv").write_text("\n".join(["x,side,z", *rows]) + "\n")
    options = ["--target", "z", "--candidates", "1", "--output", "out", "--engine", engine.name]
    command = [str(PROGRAM), "automl", "data.csv", *options]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=300)
    said = client("python", str(tmp_path / "out/winner.py"), ROLE, "latest")
    [(score, searched)] = re.findall(r"MSE of held-out rows: (\S+); in the search: (\S+)", said)
    assert float(score) == pytest.approx(float(searched), rel=1e-6)
    [predicted] = re.findall(r"predictions of the first rows: (\S+) \S+ \S+\n", said)
    header, first = (tmp_path / "out/data/held-out/held-out.csv").read_text().splitlines()[:2]
    assert header == "x,side,z"
    assert float(predicted) == pytest.approx(float(first.rpartition(",")[2]), abs=4)
    wait_until_deleted(account, "tandem-")
    assert account.sagemaker.list_models(NameContains="tandem-")["Models"] == []
