"""Sample data for images without data of their own, and for the images of this project.

To add one, write a `SampleData` and add it to `SAMPLES`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_ROWS = 64
_REQUEST_ROWS = 5
_NO_CODE = {"TANDEM_ALLOW_ARTIFACT_CODE": "false"}


@dataclass(frozen=True)
class SampleData:
    """A small CSV channel `train`, a request, and hyperparameters to go with them.

    `name_part` is a part of the names of the images it is for; `code_switch` is the variable that
    the label of an image names, for programs, which have no labels.
    """

    name: str
    sentence: str
    training: str
    request: str
    name_part: str = ""
    hyperparameters: Mapping[str, str] = field(default_factory=dict)
    invalid_hyperparameters: Mapping[str, str] = field(default_factory=dict)
    long_hyperparameters: Mapping[str, str] = field(default_factory=dict)
    resume_hyperparameters: Mapping[str, str] = field(default_factory=dict)
    code_switch: Mapping[str, str] = field(default_factory=dict)

    def write(self, directory: Path) -> dict[str, Path]:
        """Write the training data and return the channels."""
        path = directory / "train.csv"
        path.write_text(self.training, encoding="utf-8")
        return {"train": path}


def _make_features(row: int) -> list[float]:
    return [row % 7 + 0.5, row / 4, (row * row) % 11]


def _format_line(*cells: object) -> str:
    return ",".join(map(str, cells)) + "\n"


def _make_label(row: int) -> float:
    first, second, third = _make_features(row)
    return round(2 * first - second / 3 + third, 3)


def _make_house(row: int) -> tuple[object, ...]:
    return 50 + (row * 7) % 60, "ABC"[row % 3], 1 + row % 4


_NUMBERS = "".join(_format_line(_make_label(row), *_make_features(row)) for row in range(_ROWS))
_NUMBERS_REQUEST = "".join(_format_line(*_make_features(row)) for row in range(_REQUEST_ROWS))
_PRICES = [100 + 3 * row % 70 for row in range(_ROWS)]
_HOUSES = _format_line("area", "zone", "rooms", "price") + "".join(
    _format_line(*_make_house(row), _PRICES[row]) for row in range(_ROWS)
)

NUMBERS = SampleData(
    "numbers", "label first, three features, no header", _NUMBERS, _NUMBERS_REQUEST
)
BOOSTING = SampleData(
    "boosting",
    "as numbers, with hyperparameters of XGBoost",
    _NUMBERS,
    _NUMBERS_REQUEST,
    name_part="xgboost",
    hyperparameters={"num_round": "5", "nthread": "1"},
    invalid_hyperparameters={"eta": "7"},
    long_hyperparameters={"num_round": "100000000"},
    resume_hyperparameters={"num_round": "400"},
    code_switch=_NO_CODE,
)
RECORDS = SampleData(
    "records",
    "a header row, numbers and a category, the label `price` last",
    _HOUSES,
    "".join(_format_line(*_make_house(row)) for row in range(_REQUEST_ROWS)),
    name_part="preprocessor",
    hyperparameters={"target": "price"},
    invalid_hyperparameters={"target": "no_such_column"},
    code_switch=_NO_CODE,
)
SAMPLES: tuple[SampleData, ...] = (BOOSTING, RECORDS, NUMBERS)


def find_sample(image: str) -> SampleData:
    """Return the sample for an image of this name, else plain numbers."""
    return next(
        (sample for sample in SAMPLES if sample.name_part and sample.name_part in image), NUMBERS
    )
