"""The output `explanation`: the prediction, and what each feature or raw column adds to its margin.

The attributions are TreeSHAP's (Lundberg et al., "From local explanations to global understanding
with explainable AI for trees", 2020) as XGBoost computes them for `pred_contribs`. With the base
value they add up to the margin, whose unit stands beside them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from booster.params.objectives import BY_NAME, Margin
from booster.predict.output_keys import ScoredRows, compute_output
from tandem.data.feature_sources import FeatureSources
from tandem.data.tables import ATTRIBUTIONS, BASE_VALUE, SCORE, UNIT, Output

NAME = "explanation"
SENTENCE = (
    f"`{SCORE}`, the prediction; `{ATTRIBUTIONS}`, what each raw column adds to the margin (each"
    f" feature, where no transform stands before the model), as an object; `{BASE_VALUE}`, the rest"
    f" of the margin; `{UNIT}`, what they add up to. Of several classes lists of these."
)
# What the margin is, by its meaning; of one that an objective shares with no other nothing is said.
_UNITS: Mapping[Margin, str] = {
    Margin.NUMBER: SCORE,
    Margin.LOGARITHM: f"log({SCORE})",
    Margin.ODDS: "log-odds",
}
_MARGIN = "margin"


def explain(
    rows: ScoredRows, features: Sequence[str], sources: FeatureSources | None
) -> list[Output]:
    """Return the parts of the explanation of scored rows.

    Attributions have shape (rows, columns), of several classes (rows, classes, columns), in
    float64. Raises UserError when XGBoost has no such explanation for this kind of model.
    """
    contributions = compute_output(rows, "contributions").astype(np.float64)
    parts = contributions.reshape(len(rows.scores), -1, len(features) + 1)
    base, attributions = parts[:, :, -1], parts[:, :, :-1]
    titles = tuple(features)
    if sources is not None:
        titles, attributions = sources.columns, sources.sum_by_column(attributions)
    if parts.shape[1] == 1:
        base, attributions = base[:, 0], attributions[:, 0]
    scores = rows.scores if rows.scores.shape[1] > 1 else rows.first_scores
    return [
        Output(SCORE, scores),
        Output(ATTRIBUTIONS, np.asarray(attributions), titles),
        Output(BASE_VALUE, base),
        Output(UNIT, np.full(len(scores), _name_unit(rows.objective), dtype=object)),
    ]


def _name_unit(objective: str) -> str:
    known = BY_NAME.get(objective)
    return _MARGIN if known is None else _UNITS.get(known.margin, _MARGIN)
