"""Blocks that only scikit-learn can compute: saved as skops files, never as pickles.

skops loads the types it knows to be harmless, and here the estimators of this package, each by its
name, and, where the job brought code of its own, those it lists.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import numpy as np

from preprocessor.plan import skops_names
from preprocessor.transforms import estimators
from preprocessor.transforms.estimators import CLASSES
from preprocessor.transforms.kernels.arrays import Array, RowIndices
from preprocessor.transforms.kernels.text_cleaning import CleanReplay
from preprocessor.transforms.steps import onehot
from tandem.data.rows.sparse_matrix import SparseMatrix
from tandem.data.schema.fields import FieldKind
from tandem.data.tables import Table
from tandem.errors import BadData, Location, UserError
from tandem.io.archive_members import LEAST, RATIO

# Of an imputer, skops knows arrays of every kind, and their kind alone it does not. A cleaner keeps
# the replay it cleans with, an encoder by the target the splitter it was cross-fitted by.
HARMLESS = frozenset(
    [
        f"{estimators.__name__}.{module}.{name}"
        for module, names in CLASSES.items()
        for name in names
    ]
    + ["numpy.dtype", "sklearn.model_selection._split.KFold"]
    + [f"{each.__module__}.{each.__qualname__}" for each in (CleanReplay, onehot.feature_name)]
)


@dataclass(frozen=True)
class SklearnBlock:
    """A block served by its fitted estimator; `file` is its name in the model folder."""

    field: FieldKind
    positions: tuple[int, ...]
    columns: tuple[str, ...]
    width: int
    file: str
    estimator: Any

    @property
    def sparse(self) -> bool:
        """Whether the features are sparse: few a row are present, the others missing."""
        name, last = self.estimator.steps[-1]
        if name == onehot.STEP.name:
            return bool(last.sparse_output)
        return str(getattr(last, "absent", "")) == "missing"

    def apply(
        self,
        table: Table,
        training_indices: RowIndices | None = None,  # noqa: ARG002
        unread: dict[str, int] | None = None,
    ) -> Array | SparseMatrix:
        """Return features, shape (rows, width). Raises BadData when scikit-learn rejects a row."""
        frame = self._build_frame(table)
        self._count_unread(frame, unread)
        try:
            features = self.estimator.transform(frame)
        except ValueError as error:
            raise BadData(f"the transform refuses the rows: {error}") from error
        if self.sparse:
            starts, indices = features.indptr.astype(np.int64), features.indices.astype(np.int64)
            return SparseMatrix(starts, indices, features.data, self.width)
        return np.asarray(features.toarray() if hasattr(features, "toarray") else features)

    def _build_frame(self, table: Table) -> Any:
        from preprocessor.data.data_frame import build_columns

        source = table.numbers if self.field == "number" else table.texts
        return build_columns(source[:, self.positions], self.columns)

    def _count_unread(self, frame: Any, unread: dict[str, int] | None) -> None:
        first = self.estimator[0]
        if unread is not None and hasattr(first, "count_unread"):
            unread.update(first.count_unread(frame))

    def to_json(self) -> dict[str, Any]:
        """Return the block as JSON values; the estimator is in the file."""
        place = {"field": self.field, "positions": list(self.positions), "width": self.width}
        return {**place, "columns": list(self.columns), "fitted": self.file}

    def to_bytes(self) -> bytes:
        """Return the content of the file."""
        import skops.io

        body: bytes = skops.io.dumps(self.estimator)
        return body


def load_estimator(path: Path, trusted: Sequence[str] = ()) -> Any:
    """Load an estimator from its skops file; `trusted` are further types to load.

    Raises UserError when the file is missing, invalid, or holds an untrusted type.
    """
    where = Location(file=str(path))
    if not path.is_file():
        raise UserError("there is no such file", where=where, remedy="Train writes it")
    return parse_estimator(path.read_bytes(), where, trusted)


def parse_estimator(body: bytes, where: Location, trusted: Sequence[str] = ()) -> Any:
    """Load an estimator from the content of its file, as `load_estimator` does."""
    try:
        import skops.io
    except ModuleNotFoundError as error:
        raise UserError(
            "needs skops, which this form of the image does not hold",
            where=where,
            remedy="Serve it with the image without '-sklearn' in its tag",
        ) from error

    _check_size(body, where)
    try:
        body = skops_names.rename_types(body)
        unknown = skops.io.get_untrusted_types(data=body)
    except (BadZipFile, KeyError, RecursionError, ValueError) as error:
        raise UserError("is not a skops file", where=where, remedy="Train again") from error
    strange = sorted(set(find_foreign_types(unknown)) - set(trusted))
    if strange:
        raise UserError(f"holds the type {strange[0]}, which is not loaded", where=where)
    return skops.io.loads(body, trusted=list(unknown))


def _check_size(body: bytes, where: Location) -> None:
    """Raise UserError when a compressed file would fill the memory."""
    try:
        with ZipFile(io.BytesIO(body)) as packed:
            size = sum(item.file_size for item in packed.infolist())
    except BadZipFile as error:
        raise UserError("is not a skops file", where=where, remedy="Train again") from error
    if size > max(RATIO * len(body), LEAST):
        raise UserError(f"unpacks to {size >> 20} MB", where=where, remedy="Train again")


def find_foreign_types(types: Sequence[str]) -> list[str]:
    """Return the types that neither skops nor this package trusts."""
    return [name for name in types if name not in HARMLESS]
