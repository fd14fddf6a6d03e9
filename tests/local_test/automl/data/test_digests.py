"""Digests tell whether the data and the files of a search are those of before."""

from __future__ import annotations

from pathlib import Path

import pytest

from local_test.automl.data.digests import has_digests, write_digests
from local_test.automl.data.tabular_file import read_file
from local_test.automl.plan import SearchOptions, make_plan
from local_test.errors import UserError


def test_files_must_be_whole(tmp_path: Path) -> None:
    files = [tmp_path / "a", tmp_path / "b"]
    for file in files:
        file.write_bytes(b"some")
    assert not has_digests(tmp_path, files)
    write_digests(tmp_path, files)
    assert has_digests(tmp_path, files)
    files[1].write_bytes(b"so")
    assert not has_digests(tmp_path, files)
    files[1].unlink()
    assert not has_digests(tmp_path, files)


def test_a_folder_of_other_data_of_the_same_shape_is_refused(tmp_path: Path) -> None:
    rows = "".join(f"{row % 7},{row * 3 % 50}\n" for row in range(100))
    for name, text in (("one", f"x,y\n{rows}"), ("other", f"x,y\n{rows.replace('6,', '5,')}")):
        (tmp_path / f"{name}.csv").write_text(text)
    one = read_file(tmp_path / "one.csv")
    for _ in range(2):
        make_plan(one, SearchOptions("y"), tmp_path / "out")
    with pytest.raises(UserError, match="has a search of other data or options"):
        make_plan(read_file(tmp_path / "other.csv"), SearchOptions("y"), tmp_path / "out")
