"""`serve`: raw records in, features out, label first where the records have it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from preprocessor.online.record_join import make_joining_schema
from preprocessor.online.store_client import FeatureStoreClient
from preprocessor.plan import fitted_transform
from preprocessor.plan.compiled.compiled_plan import compile_plan
from preprocessor.plan.feature_metadata import build_feature_list
from preprocessor.plan.fitted_transform import Plan
from preprocessor.recipe import definition
from preprocessor.recipe.definition import Recipe
from preprocessor.recipe.policies import READING
from preprocessor.transforms.custom import job_code
from tandem.contract.entry_point import PICKLES
from tandem.contract.settings import read_aws_variables
from tandem.data import feature_sources
from tandem.data.arrays import FloatArray
from tandem.data.rows.sparse_table import SparseTable
from tandem.data.schema.compiled_schema import compile_schema
from tandem.data.schema.record_schema import RecordSchema
from tandem.data.tables import FEATURES, Table
from tandem.data.unusual_counts import UnusualCounts
from tandem.errors import BadData, Location, UserError


class TransformModel:
    """A fitted transform; loading it runs no code except that of custom transformers."""

    def __init__(self, recipe: Recipe, plan: Plan, store: FeatureStoreClient | None = None) -> None:
        schema = recipe.build_schema()
        self.waits = store is not None
        self.schema: RecordSchema = (
            compile_schema(schema)
            if store is None
            else make_joining_schema(schema, recipe.features_from, store)
        )
        self._plan = compile_plan(plan, schema.fields)
        # A weight stands in front of the features, and a sparse row has no such place.
        self.sparse = plan.sparse and recipe.weight is None
        self._weight = recipe.weight
        self._target = recipe.target
        self._reads = any(column.type in READING for column in recipe.used)
        self.features = recipe.features
        self.sources = feature_sources.index_columns(recipe.sources) if recipe.features else None
        self._categories = build_feature_list(recipe.features, plan).categories
        self._terms = recipe.terms
        self._numbers = {name: code for code, name in enumerate(recipe.classes or ())}

    def predict(self, table: Table) -> Table:
        """Return the features of the rows, with labels and weights for the booster if present."""
        label = None if table.label is None else self._encode_labels(table.label)
        names = self.features or None
        weight = _check_weights(table, self._weight)
        if names and weight is not None and self._weight:
            names = (self._weight, *names)
        if names and label is not None and self._target:
            names = (self._target, *names)
        rest: dict[str, Any] = {
            "label": label,
            "key": FEATURES,
            "names": names,
            "categories": self._categories,
        }
        counts = UnusualCounts() if self._reads else None
        if self.sparse:
            nothing: FloatArray = np.empty((len(table), 0), dtype=np.float32)
            sparse = self._plan.apply_sparse(table, counts)
            return SparseTable(nothing, sparse=sparse, counts=_merge_counts(table, counts), **rest)
        features = self._plan.apply(table, counts)
        values = features if weight is None else np.hstack([weight, features])
        return Table(values, counts=_merge_counts(table, counts), **rest)

    def example(self) -> Table:
        """Return one row: the minimum or first category of every column in training."""
        fields = self.schema.fields
        numbers: FloatArray = np.array([[f.policy.least for f in fields if f.kind == "number"]])
        texts = [f.policy.first for f in fields if f.kind == "text"]
        return Table(numbers, np.array([texts], dtype=object).reshape(1, len(texts)))

    def _encode_labels(self, values: NDArray[Any]) -> NDArray[np.float64]:
        if self._numbers:
            return np.array([self._encode_class(row, name) for row, name in enumerate(values)])
        return self._terms.to_labels(values, lambda row: Location(None, row + 1, self._target))

    def _encode_class(self, row: int, name: str | None) -> float:
        if name is None:
            return float("nan")
        if name not in self._numbers:
            raise BadData(
                "the class was not there in training", where=Location(None, row + 1, self._target)
            )
        return float(self._numbers[name])


def load_model(model_dir: Path) -> TransformModel:
    """Load recipe and plan. Raises UserError when either is missing or invalid."""
    _refuse_pickles(model_dir)
    recipe = definition.load_recipe(model_dir / definition.NAME)
    path = model_dir / fitted_transform.NAME
    values = definition.read_json_object(path)
    try:
        with job_code.enable_artifact_code(values, model_dir):
            plan = fitted_transform.from_json(values, model_dir)
    except (KeyError, TypeError) as error:
        raise UserError(
            "is not a transform this version reads",
            where=Location(file=str(path)),
            remedy="Train again with this image",
        ) from error
    store = FeatureStoreClient(read_aws_variables()) if recipe.features_from else None
    return TransformModel(recipe, plan, store)


def _check_weights(table: Table, name: str | None) -> NDArray[np.float32] | None:
    """Return the weights of the response as float32, shape (rows, 1); None without labels.

    Raises BadData where labels come without weights, or a weight is missing or negative.
    """
    if name is None or table.label is None:
        return None
    if table.weight is None:
        raise BadData(
            f"there is a label and no weight '{name}', which is answered behind it",
            where=Location(column=name),
            remedy="Send the weight too, or leave the label out; TANDEM_LABEL=drop does so",
        )
    wrong = np.flatnonzero(~(table.weight >= 0))
    if len(wrong):
        row = int(wrong[0])
        what = "missing" if np.isnan(table.weight[row]) else "negative"
        raise BadData(f"the weight is {what}", where=Location(row=row + 1, column=name))
    return table.weight[:, None].astype(np.float32)


def _merge_counts(table: Table, unread: UnusualCounts | None) -> UnusualCounts | None:
    """Return the merged counts of unusual values, None when there are none."""
    if unread and table.counts:
        unread.merge(table.counts)
    return unread or table.counts


def _refuse_pickles(model_dir: Path) -> None:
    pickled = sorted(path for path in model_dir.glob("*") if path.suffix in PICKLES)
    if pickled and not (model_dir / definition.NAME).exists():
        raise UserError(
            "is a pickle: loading it runs what is in it, and only a script of yours may do so",
            where=Location(file=str(pickled[0])),
            remedy="Name one with a model_fn in SAGEMAKER_PROGRAM, or train with this image",
        )
