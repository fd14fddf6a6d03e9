"""Iceberg tables in the Glue catalogue: created, appended to, and read."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow.parquet import ParquetWriter
from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.catalog.noop import NoopCatalog
from pyiceberg.exceptions import CommitFailedException, NoSuchTableError, ValidationError
from pyiceberg.io import FileIO
from pyiceberg.serializers import FromInputFile
from pyiceberg.table import Table
from pyiceberg.typedef import EMPTY_DICT, Properties

from local_test.errors import UserError
from local_test.service.iceberg.s3_file_io import S3FileIO
from local_test.service.storage.s3 import S3Storage, S3Uri

_BATCH = "local-sagemaker.batch"
_TRIES = 5


class IcebergTable:
    """A table of the catalogue; `glue` is a client."""

    def __init__(self, glue: Any, storage: S3Storage, database: str, name: str) -> None:
        self._catalog = _Catalog(glue, storage)
        self._key, self._name = (database, name), f"{database}.{name}"

    def create(self, schema: pa.Schema, location: S3Uri) -> None:
        """Create an empty table with its files in a folder, unless it exists.

        Raises UserError when another table has its name.
        """
        if not self._catalog.table_exists(self._key):
            self._catalog.create_table(self._key, _lower_names(schema), str(location))
        elif self._load().location() != str(location):
            raise UserError(f"the table {self._name} exists", "choose another TableName")

    def append(self, rows: pa.Table, batch: str) -> None:
        """Append rows in one snapshot, with the columns that the table lacks.

        A batch whose rows the table has already is left out. Raises UserError when the table was
        deleted, has other types, or is changed by others all the time.
        """
        lowered = rows.rename_columns(_lower_names(rows.schema).names)
        for _ in range(_TRIES):
            table = self._load()
            if any(_read_batch(one) == batch for one in table.snapshots()):
                return
            try:
                with self._explain(), table.transaction() as transaction:
                    with transaction.update_schema() as update:
                        update.union_by_name(lowered.schema)
                    transaction.append(lowered, snapshot_properties={_BATCH: batch})
            except CommitFailedException:
                continue
            return
        raise UserError(f"the table {self._name} is changed all the time", "try again later")

    def add_columns(self, schema: pa.Schema) -> None:
        """Add the columns of a schema that the table lacks.

        Raises UserError when the table was deleted or has other types.
        """
        with self._explain(), self._load().update_schema() as update:
            update.union_by_name(_lower_names(schema))

    def _load(self) -> Table:
        with self._explain():
            return self._catalog.load_table(self._key)

    @contextmanager
    def _explain(self) -> Iterator[None]:
        try:
            yield
        except NoSuchTableError as error:
            raise UserError(
                f"the Iceberg table {self._name} does not exist", "create the feature group again"
            ) from error
        except (ValidationError, ValueError) as error:
            message = str(error).partition("\n")[0].rstrip(".")
            raise UserError(
                f"the Iceberg table {self._name} does not take the rows: {message}",
                "leave the table to the feature group",
            ) from error


def copy_rows(storage: S3Storage, table: Mapping[str, Any], target: Path) -> None:
    """Write the rows of the current snapshot of a table of Glue to a new file of Parquet.

    Raises UserError when the files of the table are not in S3.
    """
    location = table["Parameters"]["metadata_location"]
    files = S3FileIO(storage)
    try:
        metadata = FromInputFile.table_metadata(files.new_input(location))
        opened = Table(
            (table["DatabaseName"], table["Name"]), metadata, location, files, NoopCatalog("none")
        )
        reader = opened.scan().to_arrow_batch_reader()
        target.parent.mkdir(parents=True, exist_ok=True)
        with ParquetWriter(target, reader.schema) as writer:
            for batch in reader:
                writer.write_batch(batch)
    except FileNotFoundError as error:
        raise UserError(
            f"a file of the Iceberg table {table['Name']} is missing: {error}", "restore it"
        ) from error


def _lower_names(schema: pa.Schema) -> pa.Schema:
    """Return a schema with names in lower case, as the catalogue has them."""
    return pa.schema([field.with_name(field.name.lower()) for field in schema])


def _read_batch(snapshot: Any) -> str | None:
    found: str | None = None if snapshot.summary is None else snapshot.summary.get(_BATCH)
    return found


class _Catalog(GlueCatalog):
    """The Glue catalogue of the service, whose tables have their files in its S3."""

    def __init__(self, glue: Any, storage: S3Storage) -> None:
        super().__init__("glue", client=glue)
        self._storage = storage

    def _load_file_io(
        self,
        properties: Properties = EMPTY_DICT,
        location: str | None = None,  # noqa: ARG002
    ) -> FileIO:
        return S3FileIO(self._storage, properties)
