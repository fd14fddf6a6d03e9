"""SHAP values and partial dependence of a job's features."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analyzer.clarify.analyzed_data import Fetch, find_column
from analyzer.clarify.shared_explanations import (
    ExplainedRows,
    ShapOptions,
    explain_share,
    explain_share_by_trees,
    join_values,
)
from analyzer.clarify.tabular_files import make_frame, read_tables
from analyzer.configuration.analysis_config import DatasetConfig
from analyzer.configuration.checked_fields import FILE, Column, InvalidConfig
from analyzer.configuration.json_paths import search
from analyzer.configuration.method_configs import (
    PartialDependenceConfig,
    ShapConfig,
    TreeShapConfig,
)
from analyzer.dataset.job_engine import JobEngine
from analyzer.explain.aggregation import aggregate
from analyzer.explain.baseline import make_baseline
from analyzer.explain.explanations import Explanations
from analyzer.explain.kernel_shap import ObjectArray, ShapValues
from analyzer.explain.partial_dependence import PartialDependence, compute_partial_dependence
from analyzer.predictor.model_outputs import ModelOutputs
from analyzer.predictor.own_explanations import OwnExplanations
from tandem.errors import BadData


def explain_features(
    config: ShapConfig,
    dataset: DatasetConfig,
    features: pd.DataFrame,
    outputs: ModelOutputs,
    fetch: Fetch,
    engine: JobEngine,
) -> Explanations:
    """Compute the SHAP values of all rows, of each host for its share of them."""
    _refuse_text(features)
    baseline = _read_baseline(config, dataset, features, fetch)
    chosen = None
    if config.features is not None:
        field = "methods.shap.features_to_explain"
        names = [find_column(features, column, field) for column in config.features]
        chosen = [list(features.columns).index(name) for name in names]
    # All hosts draw the same coalitions.
    seed = int(np.random.default_rng().integers(2**31)) if config.seed is None else config.seed
    options = ShapOptions(to_cells(baseline), chosen, config.samples, seed, config.use_logit)
    rows = ExplainedRows(outputs.config, outputs.names, to_cells(features))
    values: list[ShapValues] = engine.map_reduce(explain_share, join_values, rows, options)
    places = list(range(features.shape[1])) if chosen is None else chosen
    attributions = np.concatenate([part.attributions for part in values])[:, places]
    return Explanations(
        features=[str(features.columns[place]) for place in places],
        outputs=outputs.name_outputs(attributions.shape[2]),
        attributions=attributions,
        expected=values[0].expected,
        global_values=aggregate(attributions, config.aggregation),
        baseline=baseline,
        unit="log-odds" if config.use_logit else "score",
    )


def explain_by_trees(
    config: TreeShapConfig, features: pd.DataFrame, outputs: ModelOutputs, engine: JobEngine
) -> Explanations:
    """Collect the exact SHAP values of all rows that the model itself answers.

    Raises BadData when it answers none.
    """
    rows = ExplainedRows(outputs.config, outputs.names, to_cells(features))
    parts: list[OwnExplanations] = engine.map_reduce(explain_share_by_trees, join_values, rows)
    attributions = np.concatenate([part.attributions for part in parts])
    return Explanations(
        features=[str(name) for name in features.columns],
        outputs=outputs.name_outputs(attributions.shape[2]),
        attributions=attributions,
        expected=np.concatenate([part.base for part in parts]).mean(axis=0),
        global_values=aggregate(attributions, config.aggregation),
        baseline=None,
        unit=parts[0].unit,
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
