"""Training data: a channel's files become a matrix, the label in the first column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xgboost as xgb
from numpy.typing import NDArray

from booster.precision import single
from tandem import channels
from tandem.errors import BadData, Where
from tandem.job import Channel
from tandem.logs import logger
from tandem.tables import Numbers

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Dataset:
    """`features` has shape (rows, features), the others (rows,); missing is NaN.

    `group` is the query a row belongs to, where the format has it.
    """

    features: Floats
    label: Floats
    weight: Floats | None
    group: Floats | None = None

    @property
    def width(self) -> int:
        """Number of features."""
        return int(self.features.shape[1])

    def matrix(self, like: xgb.QuantileDMatrix | None, max_bin: int) -> xgb.QuantileDMatrix:
        """Quantise for training; a validation set uses the cuts of the training set."""
        return xgb.QuantileDMatrix(
            self.features,
            self.label,
            weight=self.weight,
            qid=self.group,
            ref=like,
            max_bin=max_bin,
        )

    def plain_matrix(self) -> xgb.DMatrix:
        """Keep the values as they are, for the methods that look at every one."""
        return xgb.DMatrix(self.features, self.label, weight=self.weight, qid=self.group)


def read(channel: Channel, *, weights: bool, width: int | None = None) -> Dataset:
    """Read a channel: label first, then the weight when `weights`, then the features.

    LIBSVM and recordio-protobuf keep the label apart. `width` is the training channel's, for the
    formats whose rows leave out what is missing. Raises UserError when there is no file or no
    feature, and BadData, naming file, row and column, when a label is missing, a value is no
    number, or a file is wider or narrower than the first.
    """
    files = channels.examples(channel, weights=weights)
    columns = channels.width(files, width)
    features = [
        single(file.dense(columns), file.file, first_column=file.first_column) for file in files
    ]
    dataset = Dataset(
        features=np.concatenate(features),
        label=_column("label", [(file.label, file.file) for file in files]),
        weight=_optional("weight", [(file.weight, file.file) for file in files]),
        group=_optional("qid", [(file.group, file.file) for file in files]),
    )
    logger.info("channel %s: %d rows, %d features", channel.name, len(dataset.label), dataset.width)
    return dataset


def _optional(what: str, parts: Sequence[tuple[Numbers | None, str | None]]) -> Floats | None:
    there = [(part, file) for part, file in parts if part is not None]
    if there and len(there) != len(parts):
        without = next(file for part, file in parts if part is None)
        raise BadData(f"has no {what}, and other files have one", where=Where(without))
    return _column(what, there) if there else None


def _column(what: str, parts: Sequence[tuple[Numbers, str | None]]) -> Floats:
    return np.concatenate([single(part[:, None], file, name=what)[:, 0] for part, file in parts])
