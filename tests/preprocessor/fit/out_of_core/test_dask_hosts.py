"""Several hosts fit one transform: each its own rows, the first one writes, and nobody is lost."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pandas as pd

from preprocessor.plan import fitted_transform
from tests import hosts as several
from tests.hosts import run_hosts
from tests.preprocessor.training_jobs import make_houses, train_job

COLUMNS = '{"Size": {"scale": "robust", "flag": true}, "LotFrontage": {"scale": "quantile"}}'
ASKED = {"target": "SalePrice", "columns": COLUMNS}


class Host(several.Host):
    """One host of several that fit one transform."""

    image = "preprocessor"


def cluster(root: Path, count: int, **asked: str) -> list[Host]:
    return several.build_cluster(Host, root, count, asked)


def give(host: Host, table: pd.DataFrame, name: str = "data.csv") -> None:
    table.to_csv(host.data / "train" / name, index=False)


def test_three_hosts_with_uneven_shards_write_the_bytes_of_one(tmp_path: Path) -> None:
    table = make_houses(300)
    alone = train_job(tmp_path / "alone", table, ASKED).model
    hosts = cluster(tmp_path, 3, **ASKED)
    give(hosts[0], table[:40])
    give(hosts[2], table[40:90], "a.csv")
    give(hosts[2], table[90:], "b.csv")
    assert run_hosts(hosts) == [0, 0, 0], [host.log for host in hosts]
    assert hosts[0].load_model() == {path.name: path.read_bytes() for path in alone.iterdir()}
    assert [host.load_model() for host in hosts[1:]] == [{}, {}]
    assert (hosts[0].root / "output" / "data" / "report.html").is_file()
    assert not (hosts[1].root / "output").exists()


def test_rows_without_a_target_are_left_out_or_counted_over_all_hosts(tmp_path: Path) -> None:
    table = make_houses(90)
    table.loc[[2, 50, 60, 80], "SalePrice"] = ["NA", "", "NA", "nan"]
    asked = ASKED | {"missing_target": "leave_out"}
    alone = train_job(tmp_path / "alone", table, asked).model
    for wish, code in (("leave_out", 0), ("refuse", 1)):
        hosts = cluster(tmp_path / wish, 2, **ASKED, missing_target=wish)
        give(hosts[0], table[45:])
        give(hosts[1], table[:45])
        assert run_hosts(hosts) == [code, code], [host.log for host in hosts]
        if code:
            place = f"train/data.csv on {hosts[0].name}, row 7, column 'SalePrice'"
            assert f"{place}: 4 of 90 rows have no target" in hosts[1].failure
        else:
            plans = [
                (hosts[0].load_model()[fitted_transform.NAME]),
                (alone / fitted_transform.NAME).read_bytes(),
            ]
            assert plans[0] == plans[1]


def test_bad_rows_are_found_on_the_host_that_has_them(tmp_path: Path) -> None:
    table = make_houses(60)
    hosts = cluster(tmp_path, 2, target="SalePrice")
    give(hosts[0], table)
    table["Size"] = ["wide", *table["Size"][1:]]
    give(hosts[1], table)
    assert run_hosts(hosts) == [1, 1]
    place = f"train/data.csv on {hosts[1].name}, row 2, column 'Size': a word stands among numbers"
    assert [place in host.failure for host in hosts] == [True, True]
    assert hosts[0].load_model() == {}


def test_other_columns_on_another_host_are_refused(tmp_path: Path) -> None:
    hosts = cluster(tmp_path, 2, target="SalePrice")
    give(hosts[0], make_houses(30))
    give(hosts[1], make_houses(30).drop(columns="Zone"))
    assert run_hosts(hosts) == [1, 1]
    assert "has another header than train/data.csv" in hosts[0].failure


def test_a_dead_host_ends_the_fit_and_is_named(tmp_path: Path) -> None:
    hosts = cluster(tmp_path, 3, target="SalePrice")
    for host in hosts:
        give(host, make_houses(60))
    hosts[0].start()
    hosts[1].start()
    hosts[0].wait_for(f"waiting for {hosts[2].name}\n")
    hosts[1].process.kill()
    hosts[1].end()
    hosts[0].wait_for(f"waiting for {hosts[1].name} and {hosts[2].name}")
    hosts[0].process.send_signal(signal.SIGTERM)
    assert hosts[0].end() == 143


def test_when_the_first_host_dies_the_others_name_it(tmp_path: Path) -> None:
    hosts = cluster(tmp_path, 3, target="SalePrice")
    for host in hosts[:2]:
        give(host, make_houses(60))
        host.start()
    hosts[0].wait_for(f"waiting for {hosts[2].name}\n")
    hosts[0].process.kill()
    hosts[0].end()
    assert hosts[1].end() == 2
    assert f"{hosts[0].name} does not answer any more" in hosts[1].failure


def test_a_host_that_dies_with_rows_ends_the_others(tmp_path: Path) -> None:
    hosts = cluster(tmp_path, 2, target="SalePrice")
    give(hosts[0], make_houses(60))
    large = pd.concat([make_houses(20_000)] * 12)
    give(hosts[1], large)
    for host in hosts:
        host.start()
    hosts[1].wait_for("working for")
    hosts[0].wait_for("2 hosts joined the fit")
    hosts[1].process.kill()
    hosts[1].end()
    assert hosts[0].end() == 2
    assert f"{hosts[1].name} does not answer any more" in hosts[0].failure
    assert hosts[0].load_model() == {}


def test_hosts_that_are_asked_to_stop_leave_nothing_behind(tmp_path: Path) -> None:
    hosts = cluster(tmp_path, 2, target="SalePrice")
    for host in hosts:
        give(host, pd.concat([make_houses(20_000)] * 12))
        host.start()
    hosts[0].wait_for("2 hosts joined the fit")
    began = time.monotonic()
    for host in hosts:
        host.process.send_signal(signal.SIGTERM)
    assert [host.end() for host in hosts] == [143, 143]
    assert time.monotonic() - began < 40
    assert [host.load_model() for host in hosts] == [{}, {}]
