"""Several hosts as programs of this machine, each under an address of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb

from booster import artifact

ROWS = np.random.default_rng(5).integers(0, 40, size=(600, 4))
LABEL = ROWS @ np.array([1.0, -2.0, 0.5, 3.0])
PROGRAM = Path(sys.executable).with_name("tandem-xgboost")


class Host:
    """One host's program and its tree."""

    def __init__(self, root: Path, name: str, hosts: list[str], **hyperparameters: str) -> None:
        self.root, self.name, self.hosts = root / name, name, hosts
        self.hyperparameters = hyperparameters
        (self.root / "input" / "config").mkdir(parents=True)
        (self.root / "input" / "data" / "train").mkdir(parents=True)
        (self.root / "input" / "data" / "validation").mkdir()

    def give(self, rows: slice, channel: str = "train") -> None:
        table = np.column_stack([LABEL[rows], ROWS[rows]])
        path = self.root / "input" / "data" / channel / f"{rows.start}.csv"
        np.savetxt(path, table, delimiter=",", fmt="%g")

    def start(self) -> None:
        channels: dict[str, object] = {"train": {}, "validation": {}}
        config = {
            "hyperparameters": self.hyperparameters,
            "inputdataconfig": channels if any(self._validation()) else {"train": {}},
            "resourceconfig": {"current_host": self.name, "hosts": self.hosts},
        }
        for name, content in config.items():
            text = json.dumps(content)
            (self.root / "input" / "config" / f"{name}.json").write_text(text)
        with (self.root / "log").open("w") as log:
            self.process = subprocess.Popen(
                [PROGRAM, "train"],
                env={"SAGEMAKER_BASE_DIR": str(self.root), "PATH": os.environ["PATH"]},
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def end(self, seconds: float = 60) -> int:
        return self.process.wait(seconds)

    def reach(self, mark: str) -> None:
        began = time.monotonic()
        while mark not in self.log and time.monotonic() - began < 60:
            time.sleep(0.1)

    @property
    def log(self) -> str:
        return (self.root / "log").read_text()

    def _validation(self) -> list[Path]:
        return list(self.root.parent.rglob("validation/*.csv"))


def cluster(root: Path, count: int, **hyperparameters: str) -> list[Host]:
    names = [f"127.0.0.{number}" for number in range(1, count + 1)]
    return [Host(root, name, names, **hyperparameters) for name in names]


def run(hosts: list[Host]) -> list[int]:
    for host in hosts:
        host.start()
    return [host.end() for host in hosts]


def scores(line: str) -> dict[str, float]:
    parts = (part.rsplit(":", 1) for part in line.split("\t")[1:])
    return {name: float(value) for name, value in parts}


def splits(model: xgb.Booster) -> list[tuple[str, float]]:
    frame = model.trees_to_dataframe()
    return list(zip(frame["Feature"], frame["Split"].fillna(0), strict=True))


@pytest.mark.parametrize("cuts", [[0, 100, 600], [0, 200, 250, 600]], ids=["two", "three"])
def test_hosts_with_uneven_shards_train_the_model_of_one_host(
    cuts: list[int], tmp_path: Path
) -> None:
    given = {"num_round": "8", "max_depth": "4", "eval_metric": "rmse,mae,mse,r2"}
    (alone,) = cluster(tmp_path / "alone", 1, **given)
    alone.give(slice(0, 600))
    alone.give(slice(0, 90), "validation")
    hosts = cluster(tmp_path / "together", len(cuts) - 1, **given)
    for host, start, end in zip(hosts, cuts, cuts[1:], strict=False):
        host.give(slice(start, end))
    hosts[-1].give(slice(0, 90), "validation")
    assert run([alone]) == [0]
    assert run(hosts) == [0] * len(hosts)
    one, several = artifact.load(alone.root / "model"), artifact.load(hosts[0].root / "model")
    assert splits(several) == splits(one)
    matrix = xgb.DMatrix(ROWS)
    assert several.predict(matrix) == pytest.approx(one.predict(matrix), rel=1e-4)
    lines = [[line for line in host.log.splitlines() if line.startswith("[0]")] for host in hosts]
    assert [len(found) for found in lines] == [1] + [0] * (len(hosts) - 1)
    (first,) = (line for line in alone.log.splitlines() if line.startswith("[0]"))
    assert scores(lines[0][0]) == pytest.approx(scores(first), rel=1e-6)
    assert [list((host.root / "model").iterdir()) for host in hosts[1:]] == [[]] * (len(hosts) - 1)


def test_a_host_without_rows_drops_out_loudly_and_the_next_one_leads(tmp_path: Path) -> None:
    hosts = cluster(tmp_path, 3, num_round="3")
    hosts[1].give(slice(0, 300))
    hosts[2].give(slice(300, 600))
    assert run(hosts) == [0, 0, 0]
    assert "WARNING without rows, and not taking part: 127.0.0.1" in hosts[0].log
    assert not (hosts[0].root / "model" / "xgboost-model").exists()
    assert artifact.load(hosts[1].root / "model").num_boosted_rounds() == 3


def test_hosts_of_unequal_width_are_refused_by_name(tmp_path: Path) -> None:
    hosts = cluster(tmp_path, 2, num_round="3")
    hosts[0].give(slice(0, 300))
    (hosts[1].root / "input" / "data" / "train" / "a.csv").write_text("1,2\n")
    assert run(hosts) == [1, 1]
    assert "host 127.0.0.2 has 1 features, and 127.0.0.1 has 4" in hosts[0].log


def test_a_killed_host_ends_the_job_in_bounded_time_and_is_named(tmp_path: Path) -> None:
    hosts = cluster(tmp_path, 3, num_round="1000000")
    for number, host in enumerate(hosts):
        host.give(slice(200 * number, 200 * number + 200))
        host.start()
    began = time.monotonic()
    hosts[0].reach("[50]")
    hosts[1].process.send_signal(signal.SIGKILL)
    assert [host.end() for host in hosts] == [2, -signal.SIGKILL, 2]
    assert time.monotonic() - began < 90
    failure = (hosts[0].root / "output" / "failure").read_text()
    assert failure.startswith("InternalError: 127.0.0.2 does not answer any more.")


def test_a_stop_ends_all_hosts_after_the_same_round(tmp_path: Path) -> None:
    hosts = cluster(tmp_path, 2, num_round="1000000")
    for number, host in enumerate(hosts):
        host.give(slice(300 * number, 300 * number + 300))
        host.start()
    hosts[0].reach("[20]")
    hosts[1].process.send_signal(signal.SIGTERM)
    hosts[0].process.send_signal(signal.SIGTERM)
    assert [host.end() for host in hosts] == [143, 143]
    assert artifact.load(hosts[0].root / "model").num_boosted_rounds() > 20
