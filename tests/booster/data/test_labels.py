"""Labels and weights that no model can learn from are named by file and row, before XGBoost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb

from booster.data import channel_reader
from booster.data.labels import LabelChecker
from booster.params.objectives import BY_NAME, OBJECTIVES, LearningTask
from tandem.contract.training_job import Channel
from tandem.errors import BadData
from tests.booster.params.test_objectives import NEEDED, kind
from tests.booster.training_jobs import make_features, make_labels


def refused(root: Path, objective: str, rows: list[str], classes: int | None = None) -> str:
    """Give what is said of a channel of LIBSVM, two rows a file."""
    for start in range(0, len(rows), 2):
        (root / f"part-{start // 2}").write_text("\n".join([*rows[start : start + 2], ""]))
    channel = Channel("train", root, "text/libsvm")
    with pytest.raises(BadData) as caught:
        channel_reader.read_channel(
            channel, weights=False, labels=LabelChecker(BY_NAME[objective], classes)
        )
    return str(caught.value)


@pytest.mark.parametrize(
    ("objective", "given", "sentence"),
    [
        ("binary:logistic", "0 1 2 5", "train/part-1, row 1: the label is 2, and the labels go from"
         " 0 to 5; objective binary:logistic takes numbers from 0 to 1. Use multi:softprob with"
         " num_class=6."),
        ("binary:logistic", "1 2 1 2", "train/part-0, row 2: the label is 2, and the labels go from"
         " 1 to 2; objective binary:logistic takes numbers from 0 to 1. Write the labels as 0 and"
         " 1."),
        ("binary:hinge", "1 -1 1 1", "train/part-0, row 2: the label is -1, and the labels go from"
         " -1 to 1; objective binary:hinge takes 0 and 1. Write the labels as 0 and 1."),
        ("multi:softmax", "0 1 3 1", "train/part-1, row 1: the label is 3, and the labels go from 0"
         " to 3; objective multi:softmax takes whole numbers from 0 to 2. Set num_class to 4."),
        ("multi:softprob", "0 1.5 1 1", "train/part-0, row 2: the label is 1.5, and the labels go"
         " from 0 to 1.5; objective multi:softprob takes whole numbers from 0 to 2. Count the"
         " classes from 0."),
        ("reg:gamma", "1 2 0 1", "train/part-1, row 1: the label is 0, and the labels go from 0 to"
         " 2; objective reg:gamma takes numbers above 0. Mend the labels, or choose another"
         " objective."),
        ("count:poisson", "1 -2 0 1", "train/part-0, row 2: the label is -2, and the labels go from"
         " -2 to 1; objective count:poisson takes numbers from 0. Mend the labels, or"),
        ("reg:tweedie", "-1 -1 -1 -1", "train/part-0, row 1: the label is -1; objective reg:tweedie"
         " takes numbers from 0."),
        ("reg:squarederror", "1 nan 1 1", "train/part-0, row 2: the label is missing."),
        ("reg:squarederror", "1:1 1:1 1:-2 1:1", "train/part-1, row 1: the weight is -2. A weight"
         " is a number from 0."),
        ("reg:squarederror", "1:1 1:nan 1:1 1:1", "train/part-0, row 2: the weight is nan."),
    ],
)  # fmt: skip
def test_what_an_objective_cannot_learn_is_named(
    objective: str, given: str, sentence: str, tmp_path: Path
) -> None:
    classes = 3 if BY_NAME[objective].task is LearningTask.CLASS else None
    rows = [f"{label} 0:1 1:2" for label in given.split()]
    assert refused(tmp_path, objective, rows, classes).startswith(sentence)


def test_rows_of_labels_alone_are_no_data(tmp_path: Path) -> None:
    said = refused(tmp_path, "reg:squarederror", ["1", "2"])
    assert "there is no feature: the rows hold labels alone. A row is the label, then the" in said


@pytest.mark.parametrize("name", [objective.name for objective in OBJECTIVES])
def test_what_an_objective_takes_xgboost_takes(name: str) -> None:
    objective = BY_NAME[name]
    label = make_labels(kind(name))
    classes = 3 if objective.task is LearningTask.CLASS else None
    assert objective.labels.contains(label, classes).all()
    rows = xgb.DMatrix(make_features(), label)
    for wrong in (-2.0, 0.0, 0.5, 7.0):
        label[3] = wrong
        rows = xgb.DMatrix(make_features(), label)
        if objective.labels.contains(label, classes).all() or name in {"binary:hinge", "rank:map"}:
            continue  # these two the library takes, and learns something else
        given = {k: v for k, v in NEEDED.get(name, {}).items() if k != "single_query"}
        with pytest.raises(xgb.core.XGBoostError):
            xgb.train({"objective": name, "verbosity": 0, **given}, rows, 1)
    assert np.isfinite(label).all()
