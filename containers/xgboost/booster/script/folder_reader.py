"""Reads folders of training data as XGBoost matrices, with the readers of the algorithm."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import xgboost as xgb

from booster.script import stacked_rows
from booster.script.request_decoder import LIBSVM as TEXT_LIBSVM
from booster.script.request_decoder import X_LIBSVM, X_RECORDIO_PROTOBUF
from tandem.codecs import content_negotiation, training_channel
from tandem.contract.pipe_mode import Pipe
from tandem.contract.sigterm import Stop
from tandem.contract.training_job import Channel
from tandem.data.rows.labelled_rows import LabelledRows
from tandem.errors import UserError
from tandem.logs import logger

X_PARQUET = "application/x-parquet"

CSV = "csv"
LIBSVM = "libsvm"
PARQUET = "parquet"
RECORDIO_PROTOBUF = "recordio-protobuf"

_MEDIA_TYPES = {
    CSV: "text/csv",
    LIBSVM: TEXT_LIBSVM,
    PARQUET: X_PARQUET,
    RECORDIO_PROTOBUF: X_RECORDIO_PROTOBUF,
}
_SHORT = {
    **{name: name for name in _MEDIA_TYPES},
    **{kind: name for name, kind in _MEDIA_TYPES.items()},
    X_LIBSVM: LIBSVM,
}
VALID_CONTENT_TYPES = list(_SHORT)


def get_content_type(content_type_cfg_val: str | None) -> str:
    """Return `csv`, `libsvm`, `parquet` or `recordio-protobuf`; `libsvm` by default.

    Raises UserError when the content type is another one.
    """
    if content_type_cfg_val is None:
        return LIBSVM
    kind, _ = content_negotiation.parse(content_type_cfg_val)
    if kind not in _SHORT:
        raise UserError(
            f"unsupported content type {content_type_cfg_val!r}",
            remedy=f"Use one of {', '.join(VALID_CONTENT_TYPES)}",
        )
    return _SHORT[kind]


def get_dmatrix(
    data_path: str | Sequence[str], content_type: str, csv_weights: int = 0, is_pipe: bool = False
) -> xgb.DMatrix | None:
    """Read a file, a folder with all below it, or several of them; None where there is no data.

    CSV and Parquet have the label first, then the weight where `csv_weights` is 1. Files compressed
    by gzip are unpacked. Features have no names, as in Amazon's container. Raises UserError and
    BadData, naming file, row and column, when a file cannot be read.
    """
    kind = _MEDIA_TYPES[get_content_type(content_type)]
    places = [data_path] if isinstance(data_path, str | Path) else list(data_path)
    examples: list[LabelledRows] = []
    for place in places:
        channel = _find_channel(Path(place), kind, is_pipe=is_pipe)
        if channel is None or channel.empty:
            logger.info("%s holds no data", place)
            continue
        examples += training_channel.read_labelled_rows(channel, weights=csv_weights == 1)
    return stacked_rows.stack_rows(examples) if examples else None


def get_csv_dmatrix(path: str, csv_weights: int, is_pipe: bool = False) -> xgb.DMatrix | None:
    """Read CSV as `get_dmatrix` does."""
    return get_dmatrix(path, CSV, csv_weights, is_pipe)


def get_libsvm_dmatrix(files_path: str, is_pipe: bool = False) -> xgb.DMatrix | None:
    """Read LIBSVM as `get_dmatrix` does."""
    return get_dmatrix(files_path, LIBSVM, is_pipe=is_pipe)


def get_parquet_dmatrix(path: str, is_pipe: bool = False) -> xgb.DMatrix | None:
    """Read Parquet as `get_dmatrix` does."""
    return get_dmatrix(path, PARQUET, is_pipe=is_pipe)


def get_recordio_protobuf_dmatrix(path: str, is_pipe: bool = False) -> xgb.DMatrix | None:
    """Read RecordIO-Protobuf as `get_dmatrix` does."""
    return get_dmatrix(path, RECORDIO_PROTOBUF, is_pipe=is_pipe)


def get_size(data_path: str, is_pipe: bool = False) -> int:
    """Return the bytes of a file, or of all files below a folder; 1 for a pipe, 0 for nothing.

    Raises UserError when the folder has a hidden file.
    """
    place = Path(data_path)
    if is_pipe and Path(f"{data_path}_0").exists():
        return 1
    if place.is_file():
        return place.stat().st_size
    files = [path for path in place.rglob("*") if path.is_file()]
    hidden = [path.name for path in files if path.name.startswith(".")]
    if hidden:
        raise UserError(f"hidden file in {data_path}: {hidden[0]}", remedy="Remove it")
    return sum(path.stat().st_size for path in files)


def check_data_redundancy(train_path: str, validate_path: str) -> None:
    """Warn of files with the same name and size in both folders.

    Raises UserError when a folder is missing.
    """
    for folder in (train_path, validate_path):
        if not Path(folder).is_dir():
            raise UserError(f"missing folder: {folder}")
    validation_files = {path.name: path for path in Path(validate_path).iterdir() if path.is_file()}
    for path in sorted(Path(train_path).iterdir()):
        twin = validation_files.get(path.name)
        if twin is not None and path.is_file() and path.stat().st_size == twin.stat().st_size:
            logger.warning(
                "%s and %s have the same name and size: rows that are in both make the validation"
                " metric too good",
                path,
                twin,
            )


def _find_channel(place: Path, kind: str, *, is_pipe: bool) -> Channel | None:
    if is_pipe:
        pipe = Pipe(place, Stop())
        return Channel(place.name, place, kind, pipe) if Path(f"{place}_0").exists() else None
    return Channel(place.name, place, kind) if place.exists() else None
