"""The inverse stage: converts a booster's predictions to the target's original units.

The columns define a prediction: one a class are probabilities; a single column is the probability
of the second of two classes, or the number of one of more classes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from preprocessor.explanation import answer_values, name_target_unit, read_explained
from preprocessor.recipe import definition
from preprocessor.recipe.definition import Recipe
from preprocessor.recipe.target_transform import TargetTransform
from tandem.data.arrays import Float64Array
from tandem.data.column_names import find_column_order
from tandem.data.rows.json_rows import JsonRows
from tandem.data.schema.row_source import RowSource
from tandem.data.tables import ATTRIBUTIONS, Output, Table, list_titles
from tandem.errors import BadData, Location, UserError, join_words

LABEL = "predicted_label"


@dataclass(frozen=True)
class PredictionSchema:
    """The schema of predictions: `widths` are the allowed numbers of columns, empty for any."""

    widths: tuple[int, ...] = ()

    def read(self, source: RowSource) -> Table:
        """Return the table of predictions; of an explanation with its other parts as `outputs`.

        Raises BadData when the number of columns is not allowed, or when unordered names are not
        those of a booster's response.
        """
        if isinstance(source, JsonRows) and ATTRIBUTIONS in (source.names or ()):
            explained = read_explained(source)
            self._check_width(explained.numbers.shape[1])
            return explained
        values = source.read_matrix()
        self._check_width(values.shape[1])
        if source.names is not None and not source.ordered:
            indices = find_column_order(source.names, list_titles(Table(values)), Location())
            values = values if indices is None else values[:, indices]
        return Table(values)

    def _check_width(self, width: int) -> None:
        if not width or (self.widths and width not in self.widths):
            widths = join_words([str(number) for number in self.widths or (1,)], "or")
            raise BadData(
                f"a row has {width} columns, and predictions of this target have {widths}",
                where=Location(row=1),
                remedy="Send what the booster answers when it is asked for no named outputs",
            )


class ValueModel:
    """Converts predictions of a number back to the target's values."""

    def __init__(self, terms: TargetTransform, target: str) -> None:
        self.schema = PredictionSchema()
        self._terms = terms
        self._unit = name_target_unit(terms, target)

    def predict(self, table: Table) -> Table:
        """Return the values, shape (rows, predictions), with the explanation if there is one."""
        numbers = np.asarray(table.numbers, dtype=np.float64)
        values = self._terms.to_values(numbers, lambda row: Location(row=row + 1))
        return answer_values(table, values, self._unit) if table.outputs else Table(values)

    def example(self) -> Table:
        """Return one prediction."""
        return Table(np.zeros((1, 1)))


class ClassModel:
    """Converts class numbers or probabilities to class names."""

    def __init__(self, classes: Sequence[str], terms: TargetTransform) -> None:
        self._names = np.array(classes, dtype=object)
        self._terms = terms
        self.schema = PredictionSchema((1, len(classes)))

    @property
    def offered(self) -> Sequence[str]:
        """The names of the outputs."""
        return tuple(OUTPUTS)

    def predict(self, table: Table) -> Table:
        """Return the `top` most probable class names of each row, best first."""
        names = self._rank_classes(table).top_names(self._terms.top)
        if table.outputs:
            likeliest = names if names.shape[1] > 1 else names[:, 0]
            return Table(table.numbers, outputs=(Output(LABEL, likeliest), *table.outputs))
        return Table(np.empty((len(table), 0)), names, key=LABEL)

    def select(self, table: Table, names: Sequence[str]) -> Table:
        """Return the named outputs, keys of `OUTPUTS`."""
        rows = self._rank_classes(table)
        outputs = tuple(
            Output(name, OUTPUTS[name].compute(rows, self._terms.top)) for name in names
        )
        return Table(table.numbers, outputs=(*outputs, *table.outputs))

    def example(self) -> Table:
        """Return one prediction."""
        return Table(np.zeros((1, 1)))

    def _rank_classes(self, table: Table) -> RankedClasses:
        numbers = np.asarray(table.numbers, dtype=np.float64)
        _check_present(numbers)
        if numbers.shape[1] == len(self._names):
            return RankedClasses(self._names, _check_probabilities(numbers), self._terms.threshold)
        if len(self._names) == 2:
            second = _check_probabilities(numbers)
            return RankedClasses(
                self._names, np.hstack([1 - second, second]), self._terms.threshold
            )
        return RankedClasses(
            self._names, _encode_one_hot(numbers[:, 0], len(self._names)), certain=True
        )


@dataclass(frozen=True)
class RankedClasses:
    """Class probabilities, shape (rows, classes); `certain`: only the class itself is known."""

    names: NDArray[np.object_]
    probabilities: Float64Array
    threshold: float = 0.5
    certain: bool = False

    @cached_property
    def order(self) -> NDArray[np.intp]:
        """The class indices of each row, the predicted class first, then by probability."""
        score = self.probabilities
        if len(self.names) == 2:
            second = self.probabilities[:, 1] > self.threshold
            score = np.stack([~second, second], axis=1).astype(np.float64)
        return np.argsort(-score, axis=1, kind="stable")

    def top_names(self, count: int) -> NDArray[np.object_]:
        """Return the top class names, shape (rows, count); None after the first if `certain`."""
        names = self.names[self.order[:, :count]]
        if self.certain:
            names[:, 1:] = None
        return names

    def top_probabilities(self, count: int) -> Float64Array:
        """Return the top probabilities, shape (rows, count); NaN if `certain`."""
        if self.certain:
            return np.full((len(self.probabilities), count), np.nan)
        return np.take_along_axis(self.probabilities, self.order[:, :count], axis=1)


@dataclass(frozen=True)
class NamedOutput:
    """A named output: `compute(rows, top_k)` returns it, `sentence` describes it."""

    compute: Callable[[RankedClasses, int], NDArray[Any]]
    sentence: str


OUTPUTS: Mapping[str, NamedOutput] = {
    LABEL: NamedOutput(lambda rows, _: rows.top_names(1)[:, 0], "The name of the class."),
    "probability": NamedOutput(
        lambda rows, _: rows.top_probabilities(1)[:, 0], "Of the named class."
    ),
    "labels": NamedOutput(
        lambda rows, _: np.tile(rows.names, (len(rows.probabilities), 1)),
        "The names of all classes, in the order of their numbers.",
    ),
    "probabilities": NamedOutput(
        lambda rows, _: (
            np.full_like(rows.probabilities, np.nan) if rows.certain else rows.probabilities
        ),
        "Of every class, in that order.",
    ),
    "top_labels": NamedOutput(
        lambda rows, top: rows.top_names(top), "The `top_k` likeliest, best first."
    ),
    "top_probabilities": NamedOutput(
        lambda rows, top: rows.top_probabilities(top), "Theirs, in that order."
    ),
}


def load_model(model_dir: Path) -> ValueModel | ClassModel:
    """Load the inverse model of a recipe.

    Raises UserError when there is no recipe, or when it has no target.
    """
    recipe: Recipe = definition.load_recipe(model_dir / definition.NAME)
    if recipe.target is None:
        raise UserError(
            "the recipe has no target, and an inverse stage has nothing to do",
            where=Location(file=str(model_dir / definition.NAME)),
            remedy="Train with hyperparameter 'target'",
        )
    if recipe.classes is None:
        return ValueModel(recipe.terms, recipe.target)
    return ClassModel(recipe.classes, recipe.terms)


def _check_present(numbers: Float64Array) -> None:
    rows = np.flatnonzero(np.isnan(numbers).any(axis=1))
    if len(rows):
        raise BadData("the prediction is missing", where=Location(row=int(rows[0]) + 1))


def _check_probabilities(numbers: Float64Array) -> Float64Array:
    rows = np.flatnonzero(((numbers < 0) | (numbers > 1)).any(axis=1))
    if len(rows):
        raise BadData(
            "the prediction is no probability: it is not between 0 and 1",
            where=Location(row=int(rows[0]) + 1),
            remedy="Train the booster with binary:logistic, multi:softprob or multi:softmax",
        )
    return numbers


def _encode_one_hot(numbers: Float64Array, classes: int) -> Float64Array:
    wrong = (numbers < 0) | (numbers >= classes) | (numbers != np.floor(numbers))
    if wrong.any():
        raise BadData(
            f"the prediction is no class number: the recipe has classes 0 to {classes - 1}",
            where=Location(row=int(np.flatnonzero(wrong)[0]) + 1),
            remedy="Was the booster trained on labels of this preprocessor?",
        )
    return np.eye(classes)[numbers.astype(np.intp)]
