"""Training data for images nobody gave any for, and what the images of this project need.

To add one, write a `Sample` and put it in `SAMPLES`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_ROWS = 64
_ASKED = 5
_NO_CODE = {"TANDEM_ALLOW_ARTIFACT_CODE": "false"}


@dataclass(frozen=True)
class Sample:
    """A small CSV channel `train`, a request, and hyperparameters to go with them.

    `fits` is a part of the names of the images it is made for, `code_switch` the variable that
    their label names where they are images, and not programs.
    """

    name: str
    sentence: str
    training: str
    request: str
    fits: str = ""
    hyperparameters: Mapping[str, str] = field(default_factory=dict)
    bad: Mapping[str, str] = field(default_factory=dict)
    long: Mapping[str, str] = field(default_factory=dict)
    resume: Mapping[str, str] = field(default_factory=dict)
    code_switch: Mapping[str, str] = field(default_factory=dict)

    def write(self, directory: Path) -> dict[str, Path]:
        """Write the training data and give the channels."""
        path = directory / "train.csv"
        path.write_text(self.training, encoding="utf-8")
        return {"train": path}


def _features(row: int) -> list[float]:
    return [row % 7 + 0.5, row / 4, (row * row) % 11]


def _line(*cells: object) -> str:
    return ",".join(map(str, cells)) + "\n"


def _label(row: int) -> float:
    first, second, third = _features(row)
    return round(2 * first - second / 3 + third, 3)


def _house(row: int) -> tuple[object, ...]:
    return 50 + (row * 7) % 60, "ABC"[row % 3], 1 + row % 4


_NUMBERS = "".join(_line(_label(row), *_features(row)) for row in range(_ROWS))
_ASKED_NUMBERS = "".join(_line(*_features(row)) for row in range(_ASKED))
_PRICES = [100 + 3 * row % 70 for row in range(_ROWS)]
_HOUSES = _line("area", "zone", "rooms", "price") + "".join(
    _line(*_house(row), _PRICES[row]) for row in range(_ROWS)
)

NUMBERS = Sample("numbers", "label first, three features, no header", _NUMBERS, _ASKED_NUMBERS)
BOOSTING = Sample(
    "boosting",
    "the same, with hyperparameters of XGBoost",
    _NUMBERS,
    _ASKED_NUMBERS,
    fits="xgboost",
    hyperparameters={"num_round": "5", "nthread": "1"},
    bad={"eta": "7"},
    long={"num_round": "100000000"},
    resume={"num_round": "400"},
    code_switch=_NO_CODE,
)
RECORDS = Sample(
    "records",
    "a header row, numbers and a category, the label `price` last",
    _HOUSES,
    "".join(_line(*_house(row)) for row in range(_ASKED)),
    fits="preprocessor",
    hyperparameters={"target": "price"},
    bad={"target": "no_such_column"},
    code_switch=_NO_CODE,
)
SAMPLES: tuple[Sample, ...] = (BOOSTING, RECORDS, NUMBERS)


def fitting(image: str) -> Sample:
    """Return the sample made for an image of this name, else plain numbers."""
    return next((sample for sample in SAMPLES if sample.fits and sample.fits in image), NUMBERS)
