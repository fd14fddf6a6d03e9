"""200,000 records from eight processes to a service that is killed twice: none lost or doubled."""

from __future__ import annotations

import csv
import io
import multiprocessing
import os
import socket
import tempfile
import time
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from benchmarks.features.running_service import (
    REGION,
    Clients,
    make_record,
    run_service,
    wait_for_query,
)
from benchmarks.harness.benchmark import Benchmark, Candidate, Figures, Goal, Plan
from benchmarks.harness.process_usage import BenchmarkFailed

_GROUP, _BUCKET = "ingested", "bench-ingestion"
_PROCESSES, _KILLS = 8, 2
_RECORDS = int(os.environ.get("TANDEM_INGESTED_RECORDS", "200000"))
_PAUSE_SECONDS = 0.2


def _prepare(_folder: Path) -> Plan:
    goals = [
        Goal("ingestion_lost", "lost", "ingestion", most=0.0),
        Goal("ingestion_doubled", "doubled", "ingestion", most=0.0),
    ]
    return Plan([Candidate("ingestion", _ingest)], goals, rounds=1, about={"records": _RECORDS})


def _ingest() -> Figures:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder) / "state"
        written = multiprocessing.Value("q", 0)
        work = partial(_write, f"http://127.0.0.1:{port}", written)
        writers = [multiprocessing.Process(target=work, args=(one,)) for one in range(_PROCESSES)]
        begun = time.perf_counter()
        for life in range(_KILLS):
            with run_service(state, port, kill=True) as clients:
                if life == 0:
                    _create(clients)
                    for writer in writers:
                        writer.start()
                share = _RECORDS * (life + 1) // (_KILLS + 1)
                while any(one.is_alive() for one in writers) and written.value < share:
                    time.sleep(_PAUSE_SECONDS)
        with run_service(state, port) as clients:
            for writer in writers:
                writer.join()
            seconds = time.perf_counter() - begun
            figures = _count(clients)
    if any(one.exitcode for one in writers):
        raise BenchmarkFailed("a writer failed")
    return {"seconds": seconds, **figures}


def _create(clients: Clients) -> None:
    place = {"LocationConstraint": REGION}
    clients.s3.create_bucket(Bucket=_BUCKET, CreateBucketConfiguration=place)
    clients.create_group(_GROUP, _BUCKET)


def _write(url: str, written: Any, writer: int) -> None:
    """Write a share of the records; one without a response is sent again unless it is stored."""
    runtime = Clients(url).runtime
    for number in range(writer, _RECORDS, _PROCESSES):
        while not _put(runtime, f"r{number}", number):
            while not _answers(runtime):
                time.sleep(_PAUSE_SECONDS)
            if _is_stored(runtime, f"r{number}"):
                break
        with written.get_lock():
            written.value += 1


def _put(runtime: Any, key: str, number: int) -> bool:
    try:
        runtime.put_record(FeatureGroupName=_GROUP, Record=make_record(key, 1.7e9, number))
    except (BotoCoreError, ClientError):
        return False
    return True


def _answers(runtime: Any) -> bool:
    try:
        runtime.get_record(FeatureGroupName=_GROUP, RecordIdentifierValueAsString="none")
    except (BotoCoreError, ClientError):
        return False
    return True


def _is_stored(runtime: Any, key: str) -> bool:
    found = runtime.get_record(FeatureGroupName=_GROUP, RecordIdentifierValueAsString=key)
    return "Record" in found


def _count(clients: Clients) -> dict[str, float]:
    """Return how many records the offline store lacks, and how many it has twice."""
    described = clients.make("sagemaker").describe_feature_group(FeatureGroupName=_GROUP)
    table = described["OfflineStoreConfig"]["DataCatalogConfig"]["TableName"]
    sql = f"SELECT count(*), count(DISTINCT id) FROM sagemaker_featurestore.{table}"  # noqa: S608
    done = wait_for_query(clients.athena, sql, f"s3://{_BUCKET}/results")
    key = done["ResultConfiguration"]["OutputLocation"].removeprefix(f"s3://{_BUCKET}/")
    text = clients.s3.get_object(Bucket=_BUCKET, Key=key)["Body"].read().decode()
    rows, keys = map(int, list(csv.reader(io.StringIO(text)))[1])
    return {"lost": float(_RECORDS - keys), "doubled": float(rows - keys)}


BENCHMARK = Benchmark(
    "ingestion", "200,000 records by eight processes, the service killed twice", _prepare, slow=True
)
