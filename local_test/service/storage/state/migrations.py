"""The tables of the store, and the migrations that lead from each version to the next one."""

from pathlib import Path

from local_test.errors import UserError
from local_test.service.storage.state.database import Database
from local_test.service.storage.state.json_records import import_files, remove_files

STORE_FILE = "store.sqlite"
_RECORDS = (
    """CREATE TABLE records (
        id INTEGER PRIMARY KEY,
        kind TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL, arn TEXT NOT NULL,
        status TEXT NOT NULL, created REAL NOT NULL, modified REAL NOT NULL,
        body TEXT NOT NULL,
        UNIQUE (kind, region, name))""",
    # With all that pages are filtered by, so that a filter reads no bodies.
    "CREATE INDEX records_by_time ON records (kind, region, created, name, status, modified)",
    "CREATE INDEX records_by_status ON records (kind, status)",
    "CREATE INDEX records_by_arn ON records (arn)",
    """CREATE TABLE tags (
        record INTEGER NOT NULL REFERENCES records ON DELETE CASCADE,
        key TEXT NOT NULL, value TEXT NOT NULL,
        PRIMARY KEY (record, key)) WITHOUT ROWID""",
    "CREATE INDEX tags_by_key ON tags (key, value)",
    """CREATE TABLE relations (
        source TEXT NOT NULL, type TEXT NOT NULL, destination TEXT NOT NULL,
        PRIMARY KEY (source, type, destination)) WITHOUT ROWID""",
    "CREATE INDEX relations_by_destination ON relations (destination, type)",
)
MIGRATIONS = (_RECORDS,)
"""The statements of each migration; a version is the number of migrations that were run."""


def open_store(folder: Path) -> Database:
    """Open the store of a state folder; create it if missing, migrate it if it is older.

    Raises UserError when it cannot be opened, or is of a newer version: then nothing is changed.
    """
    path = folder / STORE_FILE
    database = Database(path)
    try:
        _migrate(database, folder)
    except OSError as error:
        database.close()
        raise UserError(
            f"{path} cannot be opened: {error.strerror}",
            "repair it or make room, or choose another --state",
        ) from error
    except UserError:
        database.close()
        raise
    return database


def _migrate(database: Database, folder: Path) -> None:
    version = database.version
    if version > len(MIGRATIONS):
        raise UserError(
            f"{folder} was written by a newer version of local-sagemaker: its store has version"
            f" {version}, this one reads versions up to {len(MIGRATIONS)}",
            "use the newer one, or choose another --state",
        )
    database.allow_writing()
    with database.transaction():
        for statements in MIGRATIONS[version:]:
            for statement in statements:
                database.execute(statement)
        import_files(database, folder)
        database.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    remove_files(folder)
