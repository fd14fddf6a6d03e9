"""SHAP values of rows that the hosts of a job divide among them.

The rows of a host are consecutive, and no row depends on another: put together, the values are the
bits of a single host's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from analyzer.clarify.clarify_job import ClarifyJob
from analyzer.configuration.predictor_config import PredictorConfig
from analyzer.dataset.shares import Share
from analyzer.explain.kernel_shap import Model, ObjectArray, ShapValues, explain
from analyzer.explain.log_odds import to_log_odds
from analyzer.predictor.model_outputs import ModelOutputs
from analyzer.predictor.own_explanations import OwnExplanations
from analyzer.predictor.shadow_endpoint import serve_predictor
from tandem.data.arrays import FloatArray

T = TypeVar("T")


@dataclass(frozen=True)
class ExplainedRows:
    """All rows of a job, shape (rows, features), and the endpoint that predicts them."""

    predictor: PredictorConfig
    names: Sequence[str]
    cells: ObjectArray

    def take_share(self, share: Share) -> ObjectArray:
        """Return the rows of a host, of which there may be none."""
        rows: ObjectArray = np.array_split(self.cells, share.hosts)[share.index]
        return rows


@dataclass(frozen=True)
class ShapOptions:
    """The arguments of Kernel SHAP that are the same for all rows."""

    baseline: ObjectArray
    explained: Sequence[int] | None
    samples: int | None
    seed: int
    use_logit: bool


def explain_share(
    _job: ClarifyJob, share: Share, rows: ExplainedRows, options: ShapOptions
) -> list[ShapValues]:
    """Return the Kernel SHAP values of a host's rows, in a list that is empty without rows."""
    cells = rows.take_share(share)
    if not len(cells):
        return []
    with serve_predictor(rows.predictor) as served:
        outputs = ModelOutputs(served.config, rows.names, served.send)
        values = explain(
            _apply_logit(outputs.score_rows) if options.use_logit else outputs.score_rows,
            cells,
            options.baseline,
            explained=options.explained,
            samples=options.samples,
            seed=options.seed,
        )
    return [values]


def explain_share_by_trees(
    _job: ClarifyJob, share: Share, rows: ExplainedRows
) -> list[OwnExplanations]:
    """Return the model's own SHAP values of a host's rows, in a list that is empty without rows."""
    cells = rows.take_share(share)
    if not len(cells):
        return []
    with serve_predictor(rows.predictor) as served:
        return [ModelOutputs(served.config, rows.names, served.send).explain_rows(cells)]


def join_values(one: list[T], other: list[T]) -> list[T]:
    """Return the values of two hosts, in the order of the hosts."""
    return one + other


def _apply_logit(model: Model) -> Model:
    def score(rows: ObjectArray) -> FloatArray:
        remedy = "Set methods.shap.use_logit to false, or predictor.probability."
        return to_log_odds(np.asarray(model(rows)), "use_logit", remedy)

    return score
