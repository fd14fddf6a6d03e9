"""Training data: a channel's files become a matrix, the label in the first column."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray

from booster.objectives import Task
from booster.precision import single
from booster.recipe import Recipe
from tandem.data import channels
from tandem.data.tables import Numbers
from tandem.errors import BadData, Where
from tandem.job import Channel
from tandem.logs import logger

Floats = NDArray[np.float32]
Matrices = dict[str, xgb.DMatrix]


@dataclass(frozen=True)
class Dataset:
    """`features` has shape (rows, features), the others (rows,); missing is NaN.

    `group` is the query a row belongs to, where the format has it. `names` are the features', where
    the channel has them; XGBoost sees them only in the finished model, as its own matrices allow no
    `<` and no brackets in a name.
    """

    features: Floats
    label: Floats
    weight: Floats | None
    group: Floats | None = None
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
                qid=self.group,
                ref=like,
                max_bin=int(recipe.parameters.get("max_bin", 256)),
            )
        else:
            matrix = xgb.DMatrix(
                self.features,
                self.label,
                weight=self.weight,
                qid=self.group,
            )
        if recipe.objective.task is Task.TIME:
            censored = self.label < 0
            matrix.set_float_info("label_lower_bound", np.abs(self.label))
            matrix.set_float_info("label_upper_bound", np.where(censored, np.inf, self.label))
        return matrix

    def joined(self, other: Dataset) -> Dataset:
        """Put the rows of another data set below these; its queries count as further ones."""
        group = other.group
        if self.group is not None and group is not None:
            group = group + self.group.max() + 1
        return replace(
            self,
            features=np.concatenate([self.features, other.features]),
            label=np.concatenate([self.label, other.label]),
            weight=_below(self.weight, other.weight),
            group=_below(self.group, group),
        )

    def plain(self) -> xgb.DMatrix:
        """Give the features alone, for predicting."""
        return xgb.DMatrix(self.features)

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
        total = 0
        for part in (self.features, self.label, self.weight, self.group):
            if part is not None:
                total = zlib.crc32(np.ascontiguousarray(part).data, total)
        return f"{len(self.label)} rows, {self.width} features, check sum {total:08x}"

    def rows(self, which: NDArray[np.intp]) -> Dataset:
        """Give some of the rows."""
        return replace(
            self,
            features=self.features[which],
            label=self.label[which],
            weight=None if self.weight is None else self.weight[which],
            group=None if self.group is None else self.group[which],
        )


def matrices(sets: Mapping[str, Dataset], recipe: Recipe) -> Matrices:
    """Prepare all sets, `train` first, whose cuts the others use."""
    training = sets["train"].matrix(recipe)
    rest = {name: held.matrix(recipe, training) for name, held in sets.items() if name != "train"}
    return {"train": training, **rest}


def read(
    channel: Channel,
    *,
    weights: bool,
    width: int | None = None,
    names: tuple[str, ...] | None = None,
) -> Dataset:
    """Read a channel: label first, then the weight when `weights`, then the features.

    LIBSVM and recordio-protobuf keep the label apart. `width` is the training channel's, for the
    formats whose rows leave out what is missing; `names` are its names. Files that name their
    columns may have them in any order. Raises UserError when there is no file or no feature, and
    BadData, naming file, row and column, when a label is missing, a value is no number, or a file
    has other columns than the first.
    """
    files = channels.examples(channel, weights=weights)
    names = names or channels.names(files)
    files = [file.arranged(names) for file in files]
    columns = channels.width(files, width)
    features = [
        single(file.dense(columns), file.file, first_column=file.first_column, names=file.names)
        for file in files
    ]
    dataset = Dataset(
        features=np.concatenate(features),
        label=_column("label", [(file.label, file.file) for file in files]),
        weight=_optional("weight", [(file.weight, file.file) for file in files]),
        group=_optional("qid", [(file.group, file.file) for file in files]),
        names=names,
    )
    known = "" if names is None else f" with names, {names[0]} to {names[-1]}"
    logger.info(
        "channel %s: %d rows, %d features%s",
        channel.name,
        len(dataset.label),
        dataset.width,
        known,
    )
    return dataset


def _below(first: Floats | None, second: Floats | None) -> Floats | None:
    return None if first is None or second is None else np.concatenate([first, second])


def _optional(what: str, parts: Sequence[tuple[Numbers | None, str | None]]) -> Floats | None:
    there = [(part, file) for part, file in parts if part is not None]
    if there and len(there) != len(parts):
        without = next(file for part, file in parts if part is None)
        raise BadData(f"has no {what}, and other files have one", where=Where(without))
    return _column(what, there) if there else None


def _column(what: str, parts: Sequence[tuple[Numbers, str | None]]) -> Floats:
    return np.concatenate([single(part[:, None], file, name=what)[:, 0] for part, file in parts])
