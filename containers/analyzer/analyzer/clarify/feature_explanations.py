"""SHAP values and partial dependence of a job's features."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analyzer.clarify.analyzed_data import Fetch, find_column
from analyzer.clarify.tabular_files import make_frame, read_tables
from analyzer.configuration.analysis_config import DatasetConfig
from analyzer.configuration.checked_fields import FILE, Column, InvalidConfig
from analyzer.configuration.json_paths import search
from analyzer.configuration.method_configs import (
    PartialDependenceConfig,
    ShapConfig,
    TreeShapConfig,
)
from analyzer.explain.aggregation import aggregate
from analyzer.explain.baseline import make_baseline
from analyzer.explain.explanations import Explanations
from analyzer.explain.kernel_shap import Model, ObjectArray, explain
from analyzer.explain.log_odds import to_log_odds
from analyzer.explain.partial_dependence import PartialDependence, compute_partial_dependence
from analyzer.predictor.model_outputs import ModelOutputs
from tandem.data.arrays import FloatArray
from tandem.errors import BadData


def explain_features(
    config: ShapConfig,
    dataset: DatasetConfig,
    features: pd.DataFrame,
    outputs: ModelOutputs,
    fetch: Fetch,
) -> Explanations:
    """Compute the SHAP values of all rows."""
    _refuse_text(features)
    baseline = _read_baseline(config, dataset, features, fetch)
    chosen = None
    if config.features is not None:
        field = "methods.shap.features_to_explain"
        names = [find_column(features, column, field) for column in config.features]
        chosen = [list(features.columns).index(name) for name in names]
    values = explain(
        _apply_logit(outputs.score_rows) if config.use_logit else outputs.score_rows,
        to_cells(features),
        to_cells(baseline),
        explained=chosen,
        samples=config.samples,
        seed=config.seed,
    )
    places = list(range(features.shape[1])) if chosen is None else chosen
    attributions = values.attributions[:, places]
    return Explanations(
        features=[str(features.columns[place]) for place in places],
        outputs=outputs.name_outputs(attributions.shape[2]),
        attributions=attributions,
        expected=values.expected,
        global_values=aggregate(attributions, config.aggregation),
        baseline=baseline,
        unit="log-odds" if config.use_logit else "score",
    )


def explain_by_trees(
    config: TreeShapConfig, features: pd.DataFrame, outputs: ModelOutputs
) -> Explanations:
    """Collect the exact SHAP values of all rows that the model itself answers.

    Raises BadData when it answers none.
    """
    found = outputs.explain_rows(to_cells(features))
    return Explanations(
        features=[str(name) for name in features.columns],
        outputs=outputs.name_outputs(found.attributions.shape[2]),
        attributions=found.attributions,
        expected=found.base.mean(axis=0),
        global_values=aggregate(found.attributions, config.aggregation),
        baseline=None,
        unit=found.unit,
        method="tree_shap",
    )


def plot_features(
    config: PartialDependenceConfig,
    features: pd.DataFrame,
    outputs: ModelOutputs,
    explanations: Explanations | None,
    seed: int | None,
) -> list[PartialDependence]:
    """Compute the partial dependence of the chosen features, or of those that matter most."""
    if config.features is not None:
        field = "methods.pdp.features"
        names = [find_column(features, column, field) for column in config.features]
    elif explanations is not None:
        weights = np.abs(explanations.global_values).sum(axis=1)
        order = np.argsort(-weights, kind="stable")[: config.top_features]
        names = [explanations.features[place] for place in order]
    else:
        names = []
    return [
        compute_partial_dependence(outputs.score_rows, features, name, config.grid_resolution, seed)
        for name in names
    ]


def to_cells(frame: pd.DataFrame) -> ObjectArray:
    """Return the cells of a frame with each column's own type, shape (rows, columns)."""
    return frame.astype(object).to_numpy(dtype=object)


def _apply_logit(model: Model) -> Model:
    def score(rows: ObjectArray) -> FloatArray:
        remedy = "Set methods.shap.use_logit to false, or predictor.probability."
        return to_log_odds(np.asarray(model(rows)), "use_logit", remedy)

    return score


def _refuse_text(features: pd.DataFrame) -> None:
    """Raise BadData for a column of texts, which Kernel SHAP takes for a category."""
    for name in features.columns:
        column = features[name].dropna()
        if pd.api.types.is_numeric_dtype(column) or not len(column):
            continue
        words = sum(len(str(cell).split()) for cell in column)
        if words > 5 * len(column) and column.nunique() > len(column) / 2:
            raise BadData(
                f"text is not explained: column {str(name)!r}",
                remedy="Leave the column out of the features (excluded_columns).",
            )


def _read_baseline(
    config: ShapConfig, dataset: DatasetConfig, features: pd.DataFrame, fetch: Fetch
) -> pd.DataFrame:
    names = [str(name) for name in features.columns]
    if config.baseline is None:
        return make_baseline(features, config.clusters, config.seed)
    if isinstance(config.baseline, str):
        paths = fetch(config.baseline)
        return read_tables(paths, dataset.dataset_type, names, dataset.features)
    rows = [_read_row(row, dataset.features) for row in config.baseline]
    if any(len(row) != len(names) for row in rows):
        raise InvalidConfig(
            f"{FILE}: methods.shap.baseline has {len(rows[0])} values for {len(names)} features",
            remedy="Leave the label out.",
        )
    return make_frame(rows, names)


def _read_row(row: object, features: Column | None) -> list[object]:
    found = search(str(features), row) if isinstance(row, dict) and features else row
    if not isinstance(found, list):
        raise InvalidConfig(f"{FILE}: methods.shap.baseline has a row that is no list")
    return found
