"""Several hosts train one model."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path

import pytest
import xgboost as xgb

from booster.distributed import liveness
from booster.model import booster_io
from tandem.contract import job_hosts
from tandem.contract.sigterm import Stop
from tandem.errors import TandemError
from tests.booster.hosts import ROWS, build_cluster, run_hosts


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
    (alone,) = build_cluster(tmp_path / "alone", 1, **given)
    alone.write_rows(slice(0, 600))
    alone.write_rows(slice(0, 90), "validation")
    hosts = build_cluster(tmp_path / "together", len(cuts) - 1, **given)
    for host, start, end in zip(hosts, cuts, cuts[1:], strict=False):
        host.write_rows(slice(start, end))
    hosts[-1].write_rows(slice(0, 90), "validation")
    assert run_hosts([alone]) == [0]
    assert run_hosts(hosts) == [0] * len(hosts)
    one, several = booster_io.load(alone.root / "model"), booster_io.load(hosts[0].root / "model")
    assert splits(several) == splits(one)
    matrix = xgb.DMatrix(ROWS)
    assert several.predict(matrix) == pytest.approx(one.predict(matrix), rel=1e-4)
    lines = [[line for line in host.log.splitlines() if line.startswith("[0]")] for host in hosts]
    assert [len(found) for found in lines] == [1] + [0] * (len(hosts) - 1)
    (first,) = (line for line in alone.log.splitlines() if line.startswith("[0]"))
    assert scores(lines[0][0]) == pytest.approx(scores(first), rel=1e-6)
    assert [list((host.root / "model").iterdir()) for host in hosts[1:]] == [[]] * (len(hosts) - 1)


def test_a_host_without_rows_drops_out_loudly_and_the_next_one_leads(tmp_path: Path) -> None:
    hosts = build_cluster(tmp_path, 3, num_round="3")
    hosts[1].write_rows(slice(0, 300))
    hosts[2].write_rows(slice(300, 600))
    assert run_hosts(hosts) == [0, 0, 0]
    assert f"WARNING without rows, and not taking part: {hosts[0].name}" in hosts[0].log
    assert not (hosts[0].root / "model" / "xgboost-model").exists()
    assert booster_io.load(hosts[1].root / "model").num_boosted_rounds() == 3


def test_hosts_of_unequal_width_are_refused_by_name(tmp_path: Path) -> None:
    hosts = build_cluster(tmp_path, 2, num_round="3")
    hosts[0].write_rows(slice(0, 300))
    (hosts[1].root / "input" / "data" / "train" / "a.csv").write_text("1,2\n")
    assert run_hosts(hosts) == [1, 1]
    assert f"host {hosts[1].name} has 1 features, and {hosts[0].name} has 4" in hosts[0].log


def test_a_killed_host_ends_the_job_in_bounded_time_and_is_named(tmp_path: Path) -> None:
    hosts = build_cluster(tmp_path, 3, num_round="1000000")
    for number, host in enumerate(hosts):
        host.write_rows(slice(200 * number, 200 * number + 200))
        host.start()
    began = time.monotonic()
    hosts[0].wait_for("[50]")
    hosts[1].process.send_signal(signal.SIGKILL)
    assert [host.end() for host in hosts] == [2, -signal.SIGKILL, 2]
    assert time.monotonic() - began < 90
    failure = (hosts[0].root / "output" / "failure").read_text()
    assert failure.startswith(f"InternalError: {hosts[1].name} does not answer any more.")


LEAVES_AFTER_THE_CENSUS = """
import os, sys
from pathlib import Path
from booster.distributed.host_group import HostGroup
from booster.distributed.row_counts import Shard, exchange_row_counts, stay_reachable
from booster.params.hyperparameters import SCHEMA
from tandem.contract import training_job as job
from tandem.contract.hyperparameters import resolve_hyperparameters
from tandem.contract.paths import Paths
from tandem.contract.sigterm import Stop

paths = Paths(Path(sys.argv[1]))
texts = job.read_hyperparameter_texts(paths)
mine = job.read(paths, resolve_hyperparameters(SCHEMA, texts), Stop())
everyone = HostGroup(mine.hosts, mine.current_host)
with stay_reachable(everyone, mine):
    words = b'{"width": 4, "grows": false, "names": null, "categorical": [], "parts": {}}'
    exchange_row_counts(everyone, Shard(300, 0, 7), words, mine)
    os._exit(9)
"""


def test_a_host_that_dies_between_census_and_training_is_missed_at_once(tmp_path: Path) -> None:
    first, second = build_cluster(tmp_path, 2, num_round="3")
    first.write_rows(slice(0, 300))
    second.program = [sys.executable, "-c", LEAVES_AFTER_THE_CENSUS, str(second.root)]
    for host in (first, second):
        host.start()
    assert second.end() == 9
    began = time.monotonic()
    assert first.end() == 2
    assert time.monotonic() - began < 45
    failure = (first.root / "output" / "failure").read_text()
    assert failure.startswith(f"InternalError: {second.name} does not answer any more.")


def test_a_stop_ends_all_hosts_after_the_same_round(tmp_path: Path) -> None:
    hosts = build_cluster(tmp_path, 2, num_round="1000000")
    for number, host in enumerate(hosts):
        host.write_rows(slice(300 * number, 300 * number + 300))
        host.start()
    hosts[0].wait_for("[20]")
    hosts[1].process.send_signal(signal.SIGTERM)
    hosts[0].process.send_signal(signal.SIGTERM)
    assert [host.end() for host in hosts] == [143, 143]
    assert booster_io.load(hosts[0].root / "model").num_boosted_rounds() > 20


def test_a_host_that_waits_for_another_ends_at_once_when_told_to(tmp_path: Path) -> None:
    first, second = build_cluster(tmp_path, 2, num_round="3")
    for host in (first, second):
        host.write_rows(slice(0, 300))
    for waiting, absent in ((first, second), (second, first)):
        waiting.start()
        waiting.wait_for(f"waiting for {absent.name}")
        began = time.monotonic()
        waiting.process.send_signal(signal.SIGTERM)
        assert waiting.end() == 143
        assert time.monotonic() - began < 5
        assert "stopped on request before there was a model to keep" in waiting.log
        assert not (waiting.root / "output" / "failure").exists()


def test_a_host_that_never_comes_ends_the_wait_and_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(job_hosts, "_GATHER_SECONDS", 0.3)
    here, absent = (host.name for host in build_cluster(tmp_path, 2))
    with liveness.open_responder((here, 9099)), pytest.raises(TandemError) as caught:
        liveness.wait_for_hosts([here, absent], 9099, Stop())
    assert str(caught.value) == f"{absent} did not join the training within 15 minutes."
    with pytest.raises(TandemError, match=r"host no-such-host\.invalid has no address"):
        job_hosts.wait_for_address("no-such-host.invalid", Stop())
