"""The two processing scripts of the abalone pipeline, on files."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from deploy.pipelines.pipelines.abalone import evaluate, preprocess


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def read_all(root: Path) -> pd.DataFrame:
    """Return the rows of all parts, the test rows with their labels."""
    test = pd.read_csv(root / "test" / "records.csv", dtype=str)
    test["rings"] = pd.read_csv(root / "labels" / "labels.csv", dtype=str)["rings"]
    parts = [
        pd.read_csv(root / "split" / f"{part}.csv", dtype=str) for part in ("train", "validation")
    ]
    assert [len(part) for part in (*parts, test)] == [70, 15, 15]
    return pd.concat([*parts, test])


def test_every_row_is_in_one_part_and_cells_are_as_in_the_file(tmp_path: Path) -> None:
    rows = "".join(f"{'MFI'[n % 3]},0{n}.50,{n}\n" for n in range(60))
    more = "".join(f"NA,,{n}\n" for n in range(60, 100))
    write(tmp_path / "data" / "a.csv", f"sex,length,rings\n{rows}")
    write(tmp_path / "data" / "more" / "b.csv", f"sex,length,rings\n{more}")
    preprocess.main(["--target", "rings"], tmp_path)
    split = read_all(tmp_path)
    assert sorted(map(int, split["rings"])) == list(range(100))
    by_rings = split.set_index("rings")
    assert by_rings.loc["7", "length"] == "07.50"
    again = tmp_path / "again"
    write(again / "data" / "a.csv", f"sex,length,rings\n{rows}")
    write(again / "data" / "more" / "b.csv", f"sex,length,rings\n{more}")
    preprocess.main(["--target", "rings", "--seed", "1"], again)
    assert list(read_all(again)["rings"]) != list(split["rings"])


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"a.csv": "x,y\n" + "1,2\n" * 30}, "a.csv: no column 'rings'. Its columns: x, y."),
        (
            {"a.csv": "x,rings\n" + "1,2\n" * 30, "b.csv": "z,rings\n1,2\n"},
            "b.csv: its columns differ from those of a.csv.",
        ),
        ({"a.csv": "x,rings\n1,2\n"}, "1 rows in .*: too few to split. Give at least 20."),
        ({}, "0 rows in .*: too few to split."),
    ],
)
def test_files_that_do_not_fit_end_the_job_with_a_sentence(
    files: dict[str, str], sentence: str, tmp_path: Path
) -> None:
    for name, text in files.items():
        write(tmp_path / "data" / name, text)
    with pytest.raises(SystemExit, match=sentence):
        preprocess.main(["--target", "rings"], tmp_path)
    assert not (tmp_path / "split").exists()


def test_errors_are_measured_with_the_spread_of_their_mean(tmp_path: Path) -> None:
    write(tmp_path / "predictions" / "records.csv.out", "1.5\n4\n2\n")
    write(tmp_path / "labels" / "labels.csv", "rings\n1\n2\n2\n")
    evaluate.main(tmp_path)
    report = json.loads((tmp_path / "evaluation" / "evaluation.json").read_text())
    squared, absolute = np.array([0.25, 4, 0]), np.array([0.5, 2, 0])
    for name, values in {"mse": squared, "mae": absolute}.items():
        spread = np.std(values, ddof=1) / 3**0.5
        found = report["regression_metrics"][name]
        assert found["value"] == pytest.approx(values.mean())
        assert found["standard_deviation"] == pytest.approx(spread)


def test_predictions_of_other_rows_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "predictions" / "records.csv.out", "1.5\n4\n")
    write(tmp_path / "labels" / "labels.csv", "rings\n1\n2\n2\n")
    with pytest.raises(SystemExit, match=r"shape \(2, 1\), and there are 3 labels"):
        evaluate.main(tmp_path)
    assert not (tmp_path / "evaluation").exists()
