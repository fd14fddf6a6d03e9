"""Kill one of several hosts, or all, at any round and start them again: the same trees."""

from __future__ import annotations

import random
import shutil
import signal
from pathlib import Path

import pytest

from tests.booster.hosts import Host, build_cluster, run_hosts

SHARDS = (slice(0, 90), slice(90, 240), slice(240, 600))
ROUNDS = 300
JOBS = {
    "rows and columns": {"subsample": "0.5", "colsample_bynode": "0.6"},
    "dart": {
        "booster": "dart",
        "rate_drop": "0.3",
        "num_round": "90",
        "early_stopping_rounds": "80",
    },
    "approx": {"tree_method": "approx", "subsample": "0.7", "num_round": "120"},
}


def prepared(root: Path, given: dict[str, str], order: tuple[int, ...] = (0, 1, 2)) -> list[Host]:
    """Lay out three hosts; `order` says which shard each of them has."""
    hosts = build_cluster(
        root, 3, **{"num_round": str(ROUNDS), "max_depth": "3", "nthread": "1", **given}
    )
    for host, shard in zip(hosts, order, strict=True):
        host.write_rows(SHARDS[shard])
        host.write_rows(SHARDS[shard], "validation")
    return hosts


def keep(hosts: list[Host], folder: Path) -> None:
    """Give every host a folder of its own with what is kept so far, as the platform does."""
    for host in hosts:
        host.kept = host.root / "checkpoints"
        shutil.copytree(folder, host.kept)


def interrupted(hosts: list[Host], at: int, killed: list[int]) -> Path:
    """Kill some hosts at a round, see all end, and give the folder the first one kept."""
    for host in hosts:
        host.start()
    hosts[0].wait_for(f"[{at}]")
    for number in killed:
        hosts[number].process.send_signal(signal.SIGKILL)
    codes = [host.end() for host in hosts]
    assert codes == [-signal.SIGKILL if n in killed else 2 for n in range(len(hosts))]
    folder = hosts[0].kept
    assert folder
    assert any(folder.iterdir())
    return folder


def model(hosts: list[Host]) -> bytes:
    return (hosts[0].root / "model" / "xgboost-model").read_bytes()


@pytest.mark.parametrize("name", JOBS)
def test_killed_and_started_again_is_uninterrupted(name: str, tmp_path: Path) -> None:
    whole = prepared(tmp_path / "whole", JOBS[name])
    assert run_hosts(whole) == [0, 0, 0]
    chance = random.Random(name)  # noqa: S311 - the same every time
    killed = chance.choice([[0], [1], [2], [0, 1, 2]])
    (tmp_path / "empty").mkdir()
    first = prepared(tmp_path / "first", JOBS[name])
    keep(first, tmp_path / "empty")
    rounds = int(JOBS[name].get("num_round", ROUNDS))
    folder = interrupted(first, chance.randrange(rounds // 4, rounds * 3 // 4), killed)
    # The platform may deal the files out otherwise the second time.
    again = prepared(tmp_path / "again", JOBS[name], order=(2, 0, 1))
    keep(again, folder)
    assert run_hosts(again) == [0, 0, 0]
    assert "INFO going on from xgboost-checkpoint." in again[0].log
    assert model(again) == model(whole)


def test_a_change_on_any_host_is_another_job(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = prepared(tmp_path / "done", {"num_round": "3"})
    keep(done, tmp_path / "empty")
    assert run_hosts(done) == [0, 0, 0]
    folder = done[0].kept
    assert folder
    changed = prepared(tmp_path / "changed", {"num_round": "3"})
    keep(changed, folder)
    text = (changed[2].root / "input/data/train/240.csv").read_text()
    (changed[2].root / "input/data/train/240.csv").write_text(text.replace("1", "2", 1))
    assert run_hosts(changed) == [1, 1, 1]
    refusals = [(host.root / "output" / "failure").read_text() for host in changed]
    assert "is the checkpoint of another job: the hosts' data was 600 and 600 rows" in refusals[0]
    assert refusals[1] == f"UserError: {changed[0].name} refuses this job. See its log."
