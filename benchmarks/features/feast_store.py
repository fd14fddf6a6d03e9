"""Feast's local provider, in the environment of `benchmarks/baselines/feast.lock`.

`python -m benchmarks.features.feast_store DATA`: its stores are SQLite and Parquet files. `sdk` are
calls of its library, in this process; `http` are requests to Feast's own server, by a client
without a library. The join is made in this process.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import urllib3
from feast import (  # type: ignore[import-not-found]
    Entity,
    FeatureStore,
    FeatureView,
    Field,
    FileSource,
)
from feast.types import Float64, Int64, String  # type: ignore[import-not-found]
from feast.value_type import ValueType  # type: ignore[import-not-found]

from benchmarks.features.workload import (
    ENTITIES,
    RECORDS,
    START,
    VALUES,
    report,
    summarize_join,
    time_calls,
)

_POOL = urllib3.PoolManager()
_PAUSE_SECONDS = 0.2
_FEATURES = [f"users:{name}" for name in VALUES]


def main(data: Path) -> None:
    """Measure puts, gets and the join."""
    with tempfile.TemporaryDirectory() as folder:
        store = _open_store(data, Path(folder))
        figures = time_calls("put_sdk", lambda number: _put(store, number))
        figures |= time_calls("get_sdk", lambda number: _get(store, number))
        with _serve(Path(folder)) as url:
            figures |= time_calls("put_http", lambda number: _send(url, number))
            figures |= time_calls("get_http", lambda number: _request(url, number))
        begun = time.perf_counter()
        entities = pd.read_parquet(data / ENTITIES)
        joined = store.get_historical_features(entities, _FEATURES).to_df()
        figures["join_s"] = time.perf_counter() - begun
    # Feast leaves out entities without a record, and one of two equal ones.
    report(figures, summarize_join(joined))


def _open_store(data: Path, folder: Path) -> FeatureStore:
    config = {
        "project": "bench",
        "provider": "local",
        "registry": str(folder / "registry.db"),
        "online_store": {"type": "sqlite", "path": str(folder / "online.db")},
        "offline_store": {"type": "file"},
        "entity_key_serialization_version": 3,
    }
    (folder / "feature_store.yaml").write_text(json.dumps(config))  # JSON is YAML as well
    user = Entity(name="user", join_keys=["id"], value_type=ValueType.STRING)
    types = {"age": Int64, "score": Float64, "city": String}
    view = FeatureView(
        name="users",
        entities=[user],
        ttl=timedelta(days=365),
        schema=[Field(name="id", dtype=String), *(Field(name=n, dtype=types[n]) for n in VALUES)],
        source=FileSource(path=str(data / RECORDS), timestamp_field="event_timestamp"),
    )
    store = FeatureStore(repo_path=str(folder))
    store.apply([user, view])
    return store


def _put(store: FeatureStore, number: int) -> None:
    columns = _make_columns(number) | {"event_timestamp": [START]}
    store.write_to_online_store("users", pd.DataFrame(columns))


def _make_columns(number: int) -> dict[str, list[Any]]:
    return {"id": [f"u{number}"], "age": [number], "score": [number / 7], "city": ["Ulm"]}


def _get(store: FeatureStore, number: int) -> None:
    found = store.get_online_features(_FEATURES, [{"id": f"u{number}"}]).to_dict()
    if found["age"] != [number]:
        raise SystemExit(f"u{number} has the age {found['age']}")


@contextmanager
def _serve(folder: Path) -> Iterator[str]:
    """Context manager: run Feast's server on the store of a folder, and yield its URL."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = Path(sys.executable).with_name("feast")
    command = [str(program), "--chdir", str(folder), "serve", "--no-access-log"]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            while not _is_healthy(url):
                if process.poll() is not None:
                    raise SystemExit("Feast's server ended")
                time.sleep(_PAUSE_SECONDS)
            yield url
        finally:
            process.terminate()


def _is_healthy(url: str) -> bool:
    try:
        return _POOL.request("GET", f"{url}/health", retries=False).status == 200
    except urllib3.exceptions.HTTPError:
        return False


def _send(url: str, number: int) -> None:
    columns = _make_columns(number) | {"event_timestamp": [START.isoformat()]}
    body = {"feature_view_name": "users", "df": columns}
    answer = _POOL.request("POST", f"{url}/write-to-online-store", json=body)
    if answer.status != 200:
        raise SystemExit(f"u{number} was not written: {answer.data.decode()}")


def _request(url: str, number: int) -> None:
    body = {"features": _FEATURES, "entities": {"id": [f"u{number}"]}}
    found = _POOL.request("POST", f"{url}/get-online-features", json=body).json()
    values = [one["values"][0] for one in found["results"]]
    if number not in values:
        raise SystemExit(f"u{number} has the values {values}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
