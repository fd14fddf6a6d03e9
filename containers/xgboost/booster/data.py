"""Training data: a channel's files become a matrix, the label in the first column."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray

from booster.objectives import Task
from booster.precision import single
from booster.recipe import Recipe
from tandem import codecs
from tandem.errors import BadData, Where
from tandem.job import Channel
from tandem.logs import logger

Floats = NDArray[np.float32]
Matrices = dict[str, xgb.DMatrix]


@dataclass(frozen=True)
class Dataset:
    """`features` has shape (rows, features), `label` and `weight` (rows,); missing is NaN."""

    features: Floats
    label: Floats
    weight: Floats | None
    names: tuple[str, ...] | None = None

    @property
    def width(self) -> int:
        """Number of features."""
        return int(self.features.shape[1])

    def matrix(self, recipe: Recipe, like: xgb.DMatrix | None = None) -> xgb.DMatrix:
        """Prepare for training; a validation set uses the cuts of the training set, `like`."""
        if recipe.quantised:
            matrix: xgb.DMatrix = xgb.QuantileDMatrix(
                self.features,
                self.label,
                weight=self.weight,
                ref=like,
                max_bin=int(recipe.parameters.get("max_bin", 256)),
                feature_names=self.names,
            )
        else:
            matrix = xgb.DMatrix(
                self.features, self.label, weight=self.weight, feature_names=self.names
            )
        if recipe.objective.task is Task.TIME:
            censored = self.label < 0
            matrix.set_float_info("label_lower_bound", np.abs(self.label))
            matrix.set_float_info("label_upper_bound", np.where(censored, np.inf, self.label))
        return matrix

    def joined(self, other: Dataset) -> Dataset:
        """Put the rows of another data set below these."""
        weight = None
        if self.weight is not None and other.weight is not None:
            weight = np.concatenate([self.weight, other.weight])
        return Dataset(
            np.concatenate([self.features, other.features]),
            np.concatenate([self.label, other.label]),
            weight,
            self.names,
        )

    def plain(self) -> xgb.DMatrix:
        """Give the features alone, for predicting."""
        return xgb.DMatrix(self.features, feature_names=self.names)

    @property
    def feature_names(self) -> list[str]:
        """Give the features' names; without any, f0, f1 and so on, as XGBoost calls them."""
        return list(self.names or (f"f{index}" for index in range(self.width)))

    def summary(self) -> dict[str, float]:
        """Describe the rows in a few numbers."""
        return {
            "rows": len(self.label),
            "features": self.width,
            "missing_share": float(np.isnan(self.features).mean()),
            "label_mean": float(self.label.mean(dtype=np.float64)),
            "label_deviation": float(self.label.std(dtype=np.float64)),
            "label_least": float(self.label.min()),
            "label_greatest": float(self.label.max()),
        }

    @property
    def fingerprint(self) -> str:
        """Shape and check sum: what tells one data set from another."""
        parts = (self.features, self.label, *([] if self.weight is None else [self.weight]))
        total = 0
        for part in parts:
            total = zlib.crc32(np.ascontiguousarray(part).data, total)
        return f"{len(self.label)} rows, {self.width} features, check sum {total:08x}"

    def rows(self, which: NDArray[np.intp]) -> Dataset:
        """Give some of the rows."""
        weight = None if self.weight is None else self.weight[which]
        return Dataset(self.features[which], self.label[which], weight, self.names)


def matrices(sets: Mapping[str, Dataset], recipe: Recipe) -> Matrices:
    """Prepare all sets, `train` first, whose cuts the others use."""
    training = sets["train"].matrix(recipe)
    rest = {name: held.matrix(recipe, training) for name, held in sets.items() if name != "train"}
    return {"train": training, **rest}


def read(channel: Channel, *, weights: bool) -> Dataset:
    """Read a channel: label first, then the weight when `weights`, then the features.

    Raises UserError when there is no file or no feature, and BadData, naming file, row and column,
    when a label is missing, a value is no number, or a file is wider or narrower than the first.
    """
    codec, parameters = codecs.decoder(channel.content_type)
    blocks: list[Floats] = []
    for name, body in channel.contents():
        block = codec.source(body, parameters, name).matrix()
        _check(block, name, blocks[0].shape[1] if blocks else None, weights=weights)
        blocks.append(single(block, name))
    values = np.concatenate(blocks)
    first = 2 if weights else 1
    dataset = Dataset(
        features=values[:, first:], label=values[:, 0], weight=values[:, 1] if weights else None
    )
    logger.info("channel %s: %d rows, %d features", channel.name, len(values), dataset.width)
    return dataset


def _check(block: NDArray[np.floating], file: str, width: int | None, *, weights: bool) -> None:
    fixed = 2 if weights else 1
    if block.shape[1] <= fixed:
        raise BadData(
            f"there is no feature beside the label{' and the weight' if weights else ''}",
            where=Where(file),
            remedy="A row is the label, then the features, separated by commas",
        )
    if width is not None and block.shape[1] != width:
        raise BadData(
            f"has {block.shape[1]} columns, and the files before it have {width}", where=Where(file)
        )
    for column, what in ((0, "label"), (1, "weight"))[:fixed]:
        missing = np.isnan(block[:, column])
        if missing.any():
            row = int(missing.argmax()) + 1
            raise BadData(f"the {what} is missing", where=Where(file, row, str(column + 1)))
