"""The target transform: from the target's values to labels, and from predictions back to values.

A booster learns numbers: a class by its number, a price by its logarithm if the recipe says so.
To add a scale, write one and add it to `SCALES`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tandem.data.arrays import Float64Array
from tandem.data.summaries.distribution import Distribution
from tandem.errors import BadData, Locator


@dataclass(frozen=True)
class LabelScale:
    """A scale of labels: `fit` returns the parameters of `transform` and of its inverse `invert`.

    Values must be greater than `above`. `words` describe a label, with braces for the parameters.
    """

    name: str
    words: str
    fit: Callable[[Distribution], tuple[float, ...]]
    transform: Callable[[Float64Array, Sequence[float]], Float64Array]
    invert: Callable[[Float64Array, Sequence[float]], Float64Array]
    above: float = -np.inf


def _fit_standard(values: Distribution) -> tuple[float, ...]:
    return (values.mean, values.deviation or 1.0) if len(values) else (0.0, 1.0)


_NONE = LabelScale(
    "none", "the value", lambda _: (), lambda values, _: values, lambda values, _: values
)
_LOG1P = LabelScale(
    "log1p",
    "log(1 + value)",
    lambda _: (),
    lambda values, _: np.log1p(values),
    lambda values, _: np.expm1(values),
    above=-1.0,
)
_STANDARD = LabelScale(
    "standard",
    "(value - {}) / {}",
    _fit_standard,
    lambda values, numbers: (values - numbers[0]) / numbers[1],
    lambda values, numbers: values * numbers[1] + numbers[0],
)
SCALES = {scale.name: scale for scale in (_NONE, _LOG1P, _STANDARD)}


@dataclass(frozen=True)
class TargetTransform:
    """The transform of the target and of predictions.

    `scale` is one of `SCALES`, and `numbers` are its fitted parameters. Of two classes, the second
    is predicted when its probability exceeds `threshold`; a response names the `top` classes.
    """

    scale: str = "none"
    numbers: tuple[float, ...] = ()
    threshold: float = 0.5
    top: int = 1

    def to_labels(self, values: Float64Array, locate: Locator) -> Float64Array:
        """Return the labels of the target's values, float64, shape (rows,); NaN stays NaN.

        Raises BadData, at `locate(row index)`, when a value is outside the range of the scale.
        """
        scale = SCALES[self.scale]
        beyond = np.flatnonzero(values <= scale.above)
        if len(beyond):
            raise BadData(
                f"the target's scale {scale.name!r} needs values above {scale.above:g}",
                where=locate(int(beyond[0])),
                remedy="Take another 'target_scale', or leave the row out",
            )
        return scale.transform(values, self.numbers)

    def to_values(self, predictions: Float64Array, locate: Locator) -> Float64Array:
        """Return the target's values of predicted labels, float64, shape (rows, outputs).

        Raises BadData, at `locate(row index)`, when a value overflows.
        """
        with np.errstate(over="ignore"):
            values = SCALES[self.scale].invert(predictions, self.numbers)
        beyond = np.flatnonzero(np.isinf(values).any(axis=1))
        if len(beyond):
            raise BadData(
                f"the prediction is too large: {self.scale!r} undone, no number holds it",
                where=locate(int(beyond[0])),
                remedy="Was the booster trained on labels of this preprocessor?",
            )
        return values


def fit_scale(terms: TargetTransform, values: Distribution) -> TargetTransform:
    """Return the target transform with its scale fitted to the values."""
    return replace(terms, numbers=SCALES[terms.scale].fit(values))


def from_json(values: Mapping[str, Any]) -> TargetTransform:
    """Return the transform from its JSON values. Raises KeyError or TypeError when invalid."""
    terms = TargetTransform(**{**values, "numbers": tuple(values["numbers"])})
    return replace(terms, scale=SCALES[terms.scale].name)
