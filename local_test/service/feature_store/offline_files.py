"""The files of the offline store: Parquet, partitioned by the hour of the event.

Source: Developer Guide, 'Offline store data format': the folders, the name of a file, which begins
with the time of its latest event, and the three columns that are added.
"""

import io
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from local_test.service.feature_store.event_time import to_datetime
from local_test.service.feature_store.group_schema import FeatureSpec, GroupSchema
from local_test.service.feature_store.offline_journal import OfflineBatch, OfflineRow
from local_test.service.storage.s3 import S3Uri

ADDED = {"write_time": "timestamp", "api_invocation_time": "timestamp", "is_deleted": "boolean"}
"""The columns beside the features, with their types in the catalogue."""

PARTITIONS = ("year", "month", "day", "hour")
_TYPES = {"Integral": "bigint", "Fractional": "double", "String": "string"}
_ARROW_TYPES = {"Integral": "int64", "Fractional": "float64", "String": "string"}


def name_column_type(feature: FeatureSpec) -> str:
    """Return the type of a feature's column in the catalogue."""
    scalar = _TYPES[feature.kind]
    return scalar if feature.collection is None else f"array<{scalar}>"


def write_files(
    batch: OfflineBatch, schema: GroupSchema, folder: S3Uri, write: Callable[[bytes, S3Uri], None]
) -> None:
    """Write one file for each hour that has events of a batch; writing again replaces the files."""
    from pyarrow import parquet

    for partition, rows in _split_by_hour(batch.rows):
        latest = to_datetime(max(row.event_time for row in rows))
        name = f"{latest:%Y%m%dT%H%M%SZ}_{batch.name}.parquet"
        buffer = io.BytesIO()
        parquet.write_table(
            make_table(rows, schema, batch.write_time), buffer, compression="snappy"
        )
        write(buffer.getvalue(), folder.join(*partition, name))


def _split_by_hour(
    rows: Sequence[OfflineRow],
) -> Iterator[tuple[Sequence[str], Sequence[OfflineRow]]]:
    by_hour: dict[tuple[str, ...], list[OfflineRow]] = defaultdict(list)
    for row in rows:
        values = f"{to_datetime(row.event_time):%Y %m %d %H}".split()
        parts = zip(PARTITIONS, values, strict=True)
        by_hour[tuple(f"{name}={value}" for name, value in parts)].append(row)
    yield from sorted(by_hour.items())


def make_table(rows: Sequence[OfflineRow], schema: GroupSchema, write_time: int) -> Any:
    """Return rows as a table of Arrow; `write_time` is in nanoseconds since 1970."""
    import pyarrow as pa

    columns = [[row.values.get(name) for row in rows] for name in schema.features]
    columns += [
        [write_time // 1000] * len(rows),
        [row.api_invocation_time // 1000 for row in rows],
        [row.is_deleted for row in rows],
    ]
    fields = make_schema(schema)
    return pa.table(list(map(pa.array, columns, fields.types)), schema=fields)


def make_schema(schema: GroupSchema) -> Any:
    """Return the schema of Arrow of a group: its features, and the columns that are added."""
    import pyarrow as pa

    microseconds = pa.timestamp("us")
    return pa.schema(
        [
            *((name, _find_arrow_type(feature)) for name, feature in schema.features.items()),
            ("write_time", microseconds),
            ("api_invocation_time", microseconds),
            ("is_deleted", pa.bool_()),
        ]
    )


def _find_arrow_type(feature: FeatureSpec) -> Any:
    import pyarrow as pa

    scalar = pa.type_for_alias(_ARROW_TYPES[feature.kind])
    return scalar if feature.collection is None else pa.list_(scalar)
