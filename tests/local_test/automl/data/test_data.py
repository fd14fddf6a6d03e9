"""Files are read as they are, columns that leak are found, and rows are parted without overlap."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from local_test.automl.data.leaks import LeakKind, find_leaks
from local_test.automl.data.problem import ProblemType
from local_test.automl.data.profile import profile_data
from local_test.automl.data.splits import SplitRule, split_rows
from local_test.automl.data.tabular_file import TabularFile, read_file
from local_test.errors import UserError

ROWS = 200
RNG = np.random.default_rng(1)


def make_table(**columns: object) -> TabularFile:
    made = {name: [str(cell) for cell in cells] for name, cells in columns.items()}  # type: ignore[attr-defined]
    return TabularFile(pa.table(made), parquet=False)


def test_a_file_is_written_as_it_was_read(tmp_path: Path) -> None:
    source = tmp_path / "a.csv"
    source.write_text('a,b\n"x, y",007\n"two\nlines",NA\n')
    data = read_file(source)
    data.write(tmp_path / "b.csv")
    assert (tmp_path / "b.csv").read_text() == source.read_text()
    assert data.read_texts("b") == ["007", ""]
    parquet.write_table(pa.table({"a": [1, None], "b": ["u", "v"]}), tmp_path / "c.parquet")
    assert read_file(tmp_path / "c.parquet").read_texts("a") == ["1", ""]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a;b\n1;2\n", "one column in its header"),
        ("a,a\n1,2\n", "the column 'a' twice"),
        ("a,b\n1,2,3\n", "not a CSV file separated by commas"),
        ("a,b\n", "has no rows"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(UserError, match=sentence):
        read_file(tmp_path / "a.csv")


def test_the_problem_type_is_found_by_the_target() -> None:
    data = make_table(
        two=[n % 2 for n in range(ROWS)],
        words=["ab"[n % 2] + str(n % 3) for n in range(ROWS)],
        grades=[n % 5 for n in range(ROWS)],
        price=RNG.normal(size=ROWS),
        one=[1] * ROWS,
    )
    found = [profile_data(data, name).problem for name in ("two", "words", "grades", "price")]
    assert found == [
        ProblemType.BINARY,
        ProblemType.MULTICLASS,
        ProblemType.MULTICLASS,
        ProblemType.REGRESSION,
    ]
    with pytest.raises(UserError, match="has 1 value"):
        profile_data(data, "one")
    with pytest.raises(UserError, match="has texts"):
        profile_data(data, "words", ProblemType.REGRESSION)
    with pytest.raises(UserError, match="has 200 values, and BinaryClassification"):
        profile_data(data, "price", ProblemType.BINARY)


def test_columns_that_leak_are_found_and_honest_ones_are_not() -> None:
    labels = RNG.choice(["no", "yes"], ROWS)
    data = make_table(
        Id=range(5, 5 + ROWS),
        token=[f"k{number:05x}" for number in RNG.permutation(ROWS)],
        decision=[{"no": "N", "yes": "Y"}[label] for label in labels],
        settled=np.where(labels == "yes", 100, 0) + RNG.random(ROWS),
        day=[f"2024-01-{1 + n // 8:02d}" for n in range(ROWS)],
        nothing=["same"] * ROWS,
        age=RNG.integers(18, 90, ROWS),
        income=np.where(labels == "yes", 1, 0) + RNG.normal(size=ROWS),
        city=RNG.choice(["u", "v", "w"], ROWS),
        label=labels,
    )
    findings = {one.column: one for one in find_leaks(data, profile_data(data, "label"))}
    assert {name: one.kind for name, one in findings.items()} == {
        "Id": LeakKind.IDENTIFIER,
        "token": LeakKind.IDENTIFIER,
        "decision": LeakKind.COPY,
        "settled": LeakKind.PREDICTOR,
        "day": LeakKind.ORDER,
        "nothing": LeakKind.EMPTY,
    }
    assert {name for name, one in findings.items() if not one.dropped} == {"settled", "day"}
    kept = {
        one.column: one.dropped for one in find_leaks(data, profile_data(data, "label"), ["Id"])
    }
    assert not kept["Id"]


def test_a_number_that_follows_a_numeric_target_is_a_copy() -> None:
    price = RNG.normal(size=ROWS)
    data = make_table(price=price, cents=price * 100 + 3, noisy=price + RNG.normal(size=ROWS) / 3)
    [found] = find_leaks(data, profile_data(data, "price"))
    assert (found.column, found.kind, found.dropped) == ("cents", LeakKind.COPY, True)


def test_parts_do_not_overlap_and_have_the_shares_of_the_classes() -> None:
    labels = ["a"] * 160 + ["b"] * 40 + [""] * 5
    rows = split_rows(labels, SplitRule(), stratify=True, seed=1)
    assert rows.cross_validated
    assert sorted([*rows.train, *rows.held_out]) == list(range(200))
    assert [sum(labels[row] == name for row in rows.held_out) for name in "ab"] == [32, 8]
    other = split_rows(labels, SplitRule(), stratify=True, seed=2)
    assert list(other.held_out) != list(rows.held_out)


def test_the_last_rows_of_time_are_held_out_and_those_before_validate() -> None:
    times = [f"2024-{1 + n // 28:02d}-{1 + n % 28:02d}" for n in range(100)]
    order = list(RNG.permutation(100))
    rows = split_rows(["1"] * 100, SplitRule([times[n] for n in order]), stratify=False, seed=0)
    parts = [[order[row] for row in part] for part in (rows.train, rows.validation, rows.held_out)]
    assert [len(part) for part in parts] == [64, 16, 20]
    assert max(parts[0]) < min(parts[1]) < max(parts[1]) < min(parts[2])


def test_a_group_is_in_one_part() -> None:
    groups = [f"g{n}" for n in RNG.integers(12, size=300)]
    rows = split_rows(["1"] * 300, SplitRule(groups=groups), stratify=False, seed=0)
    parts = [{groups[row] for row in part} for part in (rows.train, rows.validation, rows.held_out)]
    assert all(parts)
    assert sum(map(len, parts)) == len(set().union(*parts))


def test_data_too_small_to_compare_models_are_refused() -> None:
    with pytest.raises(UserError, match="there are 30 rows with a target, too few"):
        split_rows(["1"] * 30, SplitRule(), stratify=False, seed=0)
    with pytest.raises(UserError, match="the groups are too few"):
        split_rows(["1"] * 90, SplitRule(groups=["g"] * 90), stratify=False, seed=0)
