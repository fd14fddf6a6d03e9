"""The target's terms: how its values become labels, and predictions of labels its values again.

A booster learns numbers: a class by its number, a price by its logarithm where the recipe says so.
To add a scale, write one and add it to `SCALES`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from preprocessor.data.summaries.distribution import Distribution
from tandem.data.arrays import Float64Array
from tandem.errors import BadData, Locator


@dataclass(frozen=True)
class LabelScale:
    """A scale of labels: `fit` gives its numbers, which `there` and `back` are given again.

    Values must be greater than `above`. `words` say what a label is, its numbers in braces.
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
    """What the recipe says of the target beside its name and classes.

    `scale` is one of `SCALES` and `numbers` what was fitted for it. Of two classes, a probability
    above `threshold` is the second one; an answer names the `top` likeliest classes.
    """

    scale: str = "none"
    numbers: tuple[float, ...] = ()
    threshold: float = 0.5
    top: int = 1

    def to_labels(self, values: Float64Array, locate: Locator) -> Float64Array:
        """Turn the target's values into labels; missing stays missing.

        Raises BadData for a value the scale does not have.
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
        """Turn predictions of labels, shape (rows, outputs), into values of the target.

        Raises BadData for a prediction whose value no number can hold.
        """
        with np.errstate(over="ignore"):
            found = SCALES[self.scale].invert(predictions, self.numbers)
        beyond = np.flatnonzero(np.isinf(found).any(axis=1))
        if len(beyond):
            raise BadData(
                f"the prediction is too large: {self.scale!r} undone, no number holds it",
                where=locate(int(beyond[0])),
                remedy="Was the booster trained on labels of this preprocessor?",
            )
        return found


def fit_scale(terms: TargetTransform, values: Distribution) -> TargetTransform:
    """Fit the scale to the target's values."""
    return replace(terms, numbers=SCALES[terms.scale].fit(values))


def from_json(values: Mapping[str, Any]) -> TargetTransform:
    """Rebuild terms from their JSON values. Raises KeyError or TypeError when they are none."""
    terms = TargetTransform(**{**values, "numbers": tuple(values["numbers"])})
    return replace(terms, scale=SCALES[terms.scale].name)
