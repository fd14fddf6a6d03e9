"""Scores of predicted rows, as scikit-learn defines them.

Classes are numbered from 0. Of two classes, class 1 is the positive one.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
_THRESHOLD = 0.5
_LEAST = 1e-15


@dataclass(frozen=True)
class Answers:
    """Labels of shape (rows,), and predictions of shape (rows, outputs).

    A regression has one output, its value; two classes have the probability of class 1, and more
    classes a probability each.
    """

    labels: Numbers
    outputs: Numbers

    @cached_property
    def values(self) -> Numbers:
        """The first output of each row."""
        return np.asarray(self.outputs[:, 0])

    @cached_property
    def classes(self) -> NDArray[np.intp]:
        """The predicted class of each row."""
        if self.outputs.shape[1] == 1:
            return np.asarray(self.values > _THRESHOLD, dtype=np.intp)
        return np.asarray(self.outputs.argmax(axis=1), dtype=np.intp)

    def select(self, rows: NDArray[np.intp]) -> "Answers":
        """Return the answers of some rows."""
        return Answers(self.labels[rows], self.outputs[rows])


def compute_mse(answers: Answers) -> float:
    """Return the mean squared error."""
    return float(np.mean((answers.labels - answers.values) ** 2))


def compute_rmse(answers: Answers) -> float:
    """Return the root of the mean squared error."""
    return float(np.sqrt(compute_mse(answers)))


def compute_mae(answers: Answers) -> float:
    """Return the mean absolute error."""
    return float(np.mean(np.abs(answers.labels - answers.values)))


def compute_r2(answers: Answers) -> float:
    """Return the share of the variance explained; 0 where the labels do not vary."""
    variance = float(np.var(answers.labels))
    return 1 - compute_mse(answers) / variance if variance else 0.0


def compute_accuracy(answers: Answers) -> float:
    """Return the share of rows whose class is right."""
    return float(np.mean(answers.labels == answers.classes))


def compute_auc(answers: Answers) -> float:
    """Return the area under the ROC curve of two classes, ties counted half; 0.5 with one class."""
    positive = answers.labels > _THRESHOLD
    count = int(positive.sum())
    if count in {0, len(positive)}:
        return 0.5
    _, group, sizes = np.unique(answers.values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(sizes) - (sizes - 1) / 2)[group]
    above = ranks[positive].sum() - count * (count + 1) / 2
    return float(above / (count * (len(positive) - count)))


def compute_log_loss(answers: Answers) -> float:
    """Return the negative log-likelihood of the classes."""
    outputs = answers.outputs
    if outputs.shape[1] == 1:
        outputs = np.column_stack([1 - outputs[:, 0], outputs[:, 0]])
    chosen = outputs[np.arange(len(outputs)), answers.labels.astype(np.intp)]
    return float(-np.mean(np.log(np.clip(chosen, _LEAST, 1))))


def compute_precision(answers: Answers) -> float:
    """Return the precision of class 1."""
    return _compute_rates(answers, 1)[0]


def compute_recall(answers: Answers) -> float:
    """Return the recall of class 1."""
    return _compute_rates(answers, 1)[1]


def compute_f1(answers: Answers) -> float:
    """Return the F1 of class 1."""
    return _compute_rates(answers, 1)[2]


def compute_precision_macro(answers: Answers) -> float:
    """Return the mean precision of the classes."""
    return _average(answers, 0)


def compute_recall_macro(answers: Answers) -> float:
    """Return the mean recall of the classes, which is the balanced accuracy."""
    return _average(answers, 1)


def compute_f1_macro(answers: Answers) -> float:
    """Return the mean F1 of the classes."""
    return _average(answers, 2)


def count_confusions(answers: Answers, classes: int) -> NDArray[np.intp]:
    """Return how many rows of each class (line) were predicted as each class (column)."""
    table = np.zeros((classes, classes), dtype=np.intp)
    np.add.at(table, (answers.labels.astype(np.intp), answers.classes), 1)
    return table


def _average(answers: Answers, which: int) -> float:
    classes = np.unique(answers.labels)
    return float(np.mean([_compute_rates(answers, int(number))[which] for number in classes]))


def _compute_rates(answers: Answers, number: int) -> tuple[float, float, float]:
    """Return precision, recall and F1 of a class; 0 where there is nothing to divide by."""
    true, predicted = answers.labels == number, answers.classes == number
    hits, of_true, of_predicted = (
        int((true & predicted).sum()),
        int(true.sum()),
        int(predicted.sum()),
    )
    return (
        hits / of_predicted if of_predicted else 0.0,
        hits / of_true if of_true else 0.0,
        2 * hits / (of_true + of_predicted) if of_true + of_predicted else 0.0,
    )
