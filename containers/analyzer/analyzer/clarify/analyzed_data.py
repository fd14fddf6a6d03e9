"""The data set of a Clarify job: its columns by their roles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analyzer.clarify import tabular_files
from analyzer.clarify.clarify_job import ClarifyJob
from analyzer.configuration.analysis_config import AnalysisConfig, DatasetConfig
from analyzer.configuration.checked_fields import FILE, Column, InvalidConfig, suggest
from analyzer.dataset.job_engine import JobEngine
from analyzer.dataset.shares import Share
from tandem.errors import BadData

# Returns the local files of an S3 URI.
Fetch = Callable[[str], Sequence[Path]]
FileTables = dict[tuple[str, ...], pd.DataFrame]


@dataclass(frozen=True)
class AnalyzedData:
    """The rows of a job.

    `columns` has all columns but the labels: facets, groups and features. `features` are those
    that a model is sent, in this order; `label` and `predicted` are None where there are none.
    """

    columns: pd.DataFrame
    features: pd.DataFrame
    label: pd.Series | None
    predicted: pd.Series | None


def read_dataset(config: AnalysisConfig, fetch: Fetch, engine: JobEngine) -> AnalyzedData:
    """Read the data set of a job, joined with its facets and predicted labels.

    Raises BadData when it cannot be read, InvalidConfig when a column does not exist.
    """
    dataset = config.dataset
    # With a data set of predicted labels, predicted_label names a column there.
    own = dataset.predicted_label if dataset.predicted_label_uri is None else None
    if dataset.uri is None:
        found: FileTables = engine.map_reduce(read_share, join_tables)
        tables = [found[parts] for parts in sorted(found)]
    else:
        tables = [_read(dataset, path) for path in fetch(dataset.uri)]
    frame = tabular_files.stack_tables(tables)
    label = _take(frame, dataset.label, "label")
    predicted = _take(frame, own, "predicted_label")
    key = _take(frame, dataset.join_column, "joinsource_name_or_index")
    taken = [column.name for column in (label, predicted, key) if column is not None]
    excluded = [find_column(frame, column, "excluded_columns") for column in dataset.excluded]
    columns = frame.drop(columns=taken)
    features = columns.drop(columns=[name for name in excluded if name in columns])
    if dataset.facet_uri is not None:
        extra = _read_extra(dataset, dataset.facet_uri, dataset.facet_headers, fetch)
        columns = pd.concat([columns, _join(extra, key, "facet_dataset_uri")], axis=1)
    if dataset.predicted_label_uri is not None:
        extra = _read_extra(
            dataset, dataset.predicted_label_uri, dataset.predicted_label_headers, fetch
        )
        joined = _join(extra, key, "predicted_label_dataset_uri")
        predicted = _choose_predicted(joined, dataset.predicted_label)
    return AnalyzedData(columns, features, label, predicted)


def read_share(job: ClarifyJob, share: Share) -> FileTables:
    """Return the tables of a host's share of the files, by the parts of a file's path."""
    return {
        path.relative_to(job.source).parts: _read(job.config.dataset, path)
        for path in share.deal_files(tabular_files.list_files(job.source))
    }


def join_tables(one: FileTables, other: FileTables) -> FileTables:
    """Return the tables of two hosts."""
    return one | other


def find_column(frame: pd.DataFrame, column: Column, field: str) -> str:
    """Return the name of a column that is given by its name or zero-based index.

    Raises InvalidConfig, with the field of the configuration, when there is no such column.
    """
    names = [str(name) for name in frame.columns]
    if isinstance(column, int):
        if column >= len(names):
            raise InvalidConfig(f"{FILE}: {field} is {column}, and there are {len(names)} columns")
        return names[column]
    if column not in names:
        raise InvalidConfig(
            f"{FILE}: {field} names no column: {column!r}",
            remedy=suggest(column, names),
        )
    return column


def _read(dataset: DatasetConfig, path: Path) -> pd.DataFrame:
    own = dataset.predicted_label if dataset.predicted_label_uri is None else None
    roles = [dataset.label, own, dataset.join_column]
    others = [role for role in roles if role is not None] if "json" in dataset.dataset_type else []
    return tabular_files.read_table(
        path, dataset.dataset_type, dataset.headers, dataset.features, others
    )


def _take(frame: pd.DataFrame, column: Column | None, field: str) -> pd.Series | None:
    return None if column is None else frame[find_column(frame, column, field)]


def _read_extra(
    dataset: DatasetConfig, uri: str, headers: Sequence[str] | None, fetch: Fetch
) -> pd.DataFrame:
    return tabular_files.read_tables(
        fetch(uri), dataset.dataset_type, headers, dataset.features, ()
    )


def _join(extra: pd.DataFrame, key: pd.Series | None, field: str) -> pd.DataFrame:
    """Return the rows of `extra` in the order of the data set, by their key."""
    if key is None:
        raise InvalidConfig(f"{FILE}: {field} needs the field joinsource_name_or_index")
    name = find_column(extra, str(key.name), field)
    if extra[name].duplicated().any():
        raise BadData(f"{field} has a key twice", remedy="Give each row its own key.")
    joined = extra.set_index(name).reindex(key.to_list())
    return joined.reset_index(drop=True)


def _choose_predicted(joined: pd.DataFrame, column: Column | None) -> pd.Series:
    if column is not None:
        return joined[find_column(joined, column, "predicted_label")]
    if joined.shape[1] != 1:
        raise InvalidConfig(
            f"{FILE}: predicted_label_dataset_uri has {joined.shape[1]} columns",
            remedy="Name one in predicted_label.",
        )
    return joined.iloc[:, 0]
