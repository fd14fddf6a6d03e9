"""Hosts whose files call, order or number their columns in ways of their own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xgboost as xgb

from booster import serving
from booster.data.dataset import Dataset
from booster.data.features import InMemoryFeatures
from booster.distributed import schema_agreement
from booster.distributed.host_schema import ColumnSchema, HostSchema, parse_schema
from booster.distributed.schema_alignment import align_dataset
from booster.model import booster_io
from booster.model.category_codes import Category
from tandem.contract.settings import read
from tandem.data.tables import Table
from tandem.errors import UserError
from tandem.serving.model_service import ModelService
from tests.booster.hosts import Host, build_cluster, run_hosts
from tests.booster.model.test_feature_names import PARQUET, written

NAMES = ("a", "b", "c", "d")
ZONES = np.array(["A", "B", "C", "D", "E", "F"])
ON = {"num_round": "6", "max_depth": "3", "enable_categorical": "true", "min_child_weight": "0"}


def frame(rows: slice, order: Sequence[str] = NAMES) -> pd.DataFrame:
    """Whole numbers, which two hosts cut as one does; the label first."""
    generator = np.random.default_rng(5)
    values = generator.integers(0, 40, size=(600, 4))
    found = pd.DataFrame(values, columns=list(NAMES))
    label = values @ np.array([1.0, -2.0, 0.5, 3.0])
    found = found[list(order)]
    found.insert(0, "y", label)
    return found[rows]


def splits(model: xgb.Booster) -> list[tuple[str, float]]:
    table = model.trees_to_dataframe()
    return list(zip(table["Feature"], table["Split"].fillna(0), strict=True))


def test_hosts_with_their_columns_in_other_orders_train_the_model_of_one(tmp_path: Path) -> None:
    given = {"num_round": "8", "max_depth": "4", "monotone_constraints": '{"d": 1}'}
    (alone,) = build_cluster(tmp_path / "alone", 1, **given)
    alone.write_file(written(frame(slice(600)), "text/csv"))
    alone.write_file(written(frame(slice(90)), "text/csv"), "validation")
    hosts = build_cluster(tmp_path / "together", 3, **given)
    orders = ("abcd", "dcba", "bdac")
    for host, order, start, end in zip(hosts, orders, (0, 250, 300), (250, 300, 600), strict=True):
        host.write_file(written(frame(slice(start, end), order), "text/csv"))
    hosts[1].write_file(written(frame(slice(90), "cabd"), "text/csv"), "validation")
    assert [run_hosts([alone]), run_hosts(hosts)] == [[0], [0, 0, 0]]
    one, several = booster_io.load(alone.root / "model"), booster_io.load(hosts[0].root / "model")
    assert splits(several) == splits(one)
    scores = [
        model.predict(
            xgb.DMatrix(frame(slice(600), model.feature_names or ())[model.feature_names])
        )
        for model in (one, several)
    ]
    assert scores[1] == pytest.approx(scores[0], rel=1e-4)
    assert last_line(hosts[0]) == pytest.approx(last_line(alone), rel=1e-4)


def last_line(host: Host) -> list[float]:
    (line,) = (line for line in host.log.splitlines() if line.startswith("[7]"))
    return [float(part.rsplit(":", 1)[1]) for part in line.split("\t")[1:]]


def zoned(codes: Sequence[int], dictionary: Sequence[str]) -> pd.DataFrame:
    """A row for each code of a zone, ten times; `dictionary` is how the file numbers them."""
    effect = np.array([3.0, -2, 1, 0.5, 5, -4])
    zone = np.tile(codes, 10)
    size = np.arange(len(zone)) % 3
    texts = pd.Categorical(ZONES[zone], categories=list(dictionary))
    return pd.DataFrame({"y": effect[zone] + size, "size": size, "zone": texts})


def asked(model: Path, zones: Sequence[str]) -> list[float]:
    service = ModelService(serving.load(model), read({}))
    body = written(pd.DataFrame({"size": 1, "zone": zones}), PARQUET)
    return [float(score) for score in service.invoke(PARQUET, "text/csv", body).body.split()]


def test_hosts_that_number_their_categories_otherwise_train_the_model_of_one(
    tmp_path: Path,
) -> None:
    parts = [zoned([0, 1, 2, 3], "CABD"), zoned([2, 3, 4, 5], "FEDC")]
    held = zoned([0, 5], "FA")
    (alone,) = build_cluster(tmp_path / "alone", 1, **ON)
    alone.write_file(
        written(
            pd.concat([p.astype({"zone": str}) for p in parts]).astype({"zone": "category"}),
            PARQUET,
        )
    )
    alone.write_file(written(held, PARQUET), "validation")
    hosts = build_cluster(tmp_path / "together", 2, **ON)
    for host, part in zip(hosts, parts, strict=True):
        host.write_file(written(part, PARQUET))
    # Neither of its zones is one that this host has seen in training alone.
    hosts[0].write_file(written(held, PARQUET), "validation")
    for host in (alone, *hosts):
        host.content_type = PARQUET
    assert [run_hosts([alone]), run_hosts(hosts)] == [[0], [0, 0]]
    zones = [*ZONES, "G"]
    scores = asked(hosts[0].root / "model", zones)
    assert scores == pytest.approx(asked(alone.root / "model", zones), rel=1e-5)
    assert len(set(scores[:6])) == 6
    lines = [[x for x in h.log.splitlines() if x.startswith("[5]")] for h in (alone, hosts[0])]
    assert lines[0] == lines[1]


def test_a_code_that_another_host_saw_is_no_stranger(tmp_path: Path) -> None:
    hosts = build_cluster(tmp_path, 2, **ON, categorical_features="0")
    for host, codes in zip(hosts, (range(3), range(3, 6)), strict=True):
        rows = [f"{10 * code},{code},1\n" for code in codes]
        host.write_file("".join([*rows, "-30,,1\n"] * 20).encode())
    hosts[0].write_file(b"50,5,1\n", "validation")
    assert run_hosts(hosts) == [0, 0]
    model = serving.load(hosts[0].root / "model")
    table = Table(np.array([[0.0, 1], [5, 1], [np.nan, 1], [6, 1], [99, 1]]))
    scores = model.predict(table).numbers[:, 0].tolist()
    assert len(set(scores[:3])) == 3
    assert scores[3] == scores[4] == scores[2]
    (line,) = (line for line in hosts[0].log.splitlines() if line.startswith("[5]"))
    assert float(line.rsplit(":", 1)[1]) == pytest.approx(abs(50 - scores[1]), abs=1e-4)


def test_a_host_whose_largest_index_is_smaller_lacks_the_last_features(tmp_path: Path) -> None:
    rows = ["0 0:1 1:5", "4 0:2 1:1", "8 0:1 2:7", "9 0:2 2:3"] * 20
    (alone,) = build_cluster(tmp_path / "alone", 1, num_round="4")
    alone.write_file("\n".join(rows).encode())
    hosts = build_cluster(tmp_path / "together", 2, num_round="4")
    for number, host in enumerate(hosts):
        few = [row for row in rows if ("2:" in row) == bool(number)]
        host.write_file("\n".join(few).encode())
    for host in (alone, *hosts):
        host.content_type = "text/libsvm"
    assert [run_hosts([alone]), run_hosts(hosts)] == [[0], [0, 0]]
    one, several = booster_io.load(alone.root / "model"), booster_io.load(hosts[0].root / "model")
    assert several.num_features() == 3
    assert splits(several) == splits(one)


def test_hosts_with_other_columns_are_refused_by_name(tmp_path: Path) -> None:
    hosts = build_cluster(tmp_path, 2, num_round="3")
    for host, names in zip(hosts, ("y,a,b", "y,b,c"), strict=True):
        host.write_file(f"{names}\n1,2,3\n0,3,5\n".encode())
    assert run_hosts(hosts) == [1, 1]
    refusals = {(host.root / "output" / "failure").read_text() for host in hosts}
    assert refusals == {
        f"UserError: host {hosts[0].name} has a column 'a', and {hosts[1].name} has none."
        " Write all files of a channel alike."
    }


def told(*layouts: ColumnSchema) -> list[HostSchema]:
    return [HostSchema(f"algo-{number}", found) for number, found in enumerate(layouts, 1)]


def laid(
    names: str | None = "ab", *categorical: Category, parts: Sequence[str] = (), width: int = 2
) -> ColumnSchema:
    return ColumnSchema(
        width, False, tuple(names) if names else None, categorical, {"train": parts}
    )


@pytest.mark.parametrize(
    ("layouts", "sentence"),
    [
        ((laid(), laid(width=3, names="abc")), "host algo-2 has 3 features, and algo-1 has 2"),
        ((laid("ab"), laid("ac")), "host algo-1 has a column 'b', and algo-2 has none"),
        (
            (laid("ab"), laid("ba"), laid(None)),
            "host algo-3 has no names for its columns, and other hosts have theirs in different",
        ),
        (
            (laid("ab", Category(1, ("x",), 1)), laid("ba")),
            "column 'b' holds categories on host algo-1, and numbers on algo-2",
        ),
        (
            (laid(None, Category(1, None, 3)), laid(None, Category(1, ("x",), 1))),
            "column '1' holds texts or codes of known texts on host algo-2, and codes of unknown"
            " meaning on algo-1",
        ),
        (
            (laid(parts=["qid"]), laid(parts=["qid", "weight"])),
            "host algo-2 has a weight in channel 'train', and algo-1 has none",
        ),
    ],
)
def test_what_cannot_be_reconciled_names_both_hosts(
    layouts: tuple[ColumnSchema, ...], sentence: str
) -> None:
    with pytest.raises(UserError) as caught:
        schema_agreement.agree_on_schema(told(*layouts))
    assert str(caught.value).startswith(sentence)


def test_the_first_hosts_order_and_codes_come_first() -> None:
    first = laid("ab", Category(0, ("x", "y"), 2), Category(1, None, 2))
    second = laid("ba", Category(0, None, 7), Category(1, ("z", "y", "w"), 3))
    found = schema_agreement.agree_on_schema(
        [HostSchema("algo-2", first), HostSchema("algo-1", second)]
    )
    assert parse_schema(found.to_json()) == found
    assert found.names == ("a", "b")
    assert found.categorical == (Category(0, ("x", "y", "z", "w"), 4), Category(1, None, 7))
    rows = np.array([[6, 0], [0, 1], [np.nan, 2], [1, np.nan]], dtype=np.float32)
    mine = Dataset(
        InMemoryFeatures(rows),
        rows[:, 0],
        None,
        None,
        second.names,
        second.categorical,
        grows=False,
    )
    whole = align_dataset(mine, found).read_all()
    expected = [[2, 6], [1, 0], [3, np.nan], [np.nan, 1]]
    np.testing.assert_array_equal(whole, np.array(expected, dtype=np.float32))
    np.testing.assert_array_equal(mine.read_all(), rows)


def test_a_category_that_no_host_trains_on_is_missing() -> None:
    common = laid("ab", Category(0, ("x", "y"), 2), Category(1, None, 2))
    rows = np.array([[0, 0], [2, 1], [1, 2]], dtype=np.float32)
    own = (Category(0, ("y", "x", "new"), 3), Category(1, None, 3))
    held = Dataset(InMemoryFeatures(rows), rows[:, 0], None, None, ("a", "b"), own)
    whole = align_dataset(held, common, "validation").read_all()
    expected = [[1, 0], [np.nan, 1], [0, np.nan]]
    np.testing.assert_array_equal(whole, np.array(expected, dtype=np.float32))
