"""A service that is killed twice while records come in loses and doubles none of them."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, cast

import boto3  # type: ignore[import-untyped]
import pytest
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from local_test import cli
from tests.clients.account import REGION, Account, wait_until_settled
from tests.local_test.service.resources.feature_groups.feature_service import ROLE, define

WRITERS, RECORDS = 4, 60
SCHEMA = {"id": "String", "when": "Fractional", "n": "Integral"}
# Imports are most of the time of a start. The server of forks makes them once for all lives; each
# life is a process of its own that ends by SIGKILL, as one with imports of its own.
PRELOAD = (
    "local_test.service.http.server",
    "local_test.service.resources.registry",
    "local_test.service.query.engine",
    "local_test.service.query.sql_parser",
    "moto.glue.responses",
    "moto.s3.responses",
    "pyarrow.parquet",
)


@pytest.fixture(scope="module")
def forks() -> multiprocessing.context.ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*PRELOAD, __name__])
    return context


def serve(state: Path, output: Connection) -> None:
    """Run the service in this process, with its standard output in a pipe."""
    os.dup2(output.fileno(), 1)
    raise SystemExit(cli.main(["up", "--engine", "process", "--port", "0", "--state", str(state)]))


@contextmanager
def run_killed(forks: multiprocessing.context.ForkServerContext, state: Path) -> Iterator[Account]:
    """Context manager: a service in a process that ends by SIGKILL."""
    reading, writing = forks.Pipe(duplex=False)
    process = forks.Process(target=serve, args=(state, writing))
    process.start()
    writing.close()
    with closing(reading), os.fdopen(os.dup(reading.fileno()), encoding="utf-8") as output:
        account = Account(output.readline().split()[-1], cast(Any, process))
        try:
            yield account
        finally:
            process.kill()
            process.join()
            for client in account._clients.values():
                client.close()
    process.close()


def write_until_killed(account: Account, life: int, writer: int, acknowledged: list[str]) -> None:
    """Put records until the service is gone; what was answered is acknowledged."""
    client = boto3.client(
        "sagemaker-featurestore-runtime",
        region_name=REGION,
        endpoint_url=account.url,
        aws_access_key_id="any",
        aws_secret_access_key="any",  # noqa: S106
        config=Config(retries={"total_max_attempts": 1}),
    )
    for number in range(10**6):
        key = f"{life}-{writer}-{number}"
        values = {"id": key, "when": str(number * 1800), "n": str(number)}
        record = [{"FeatureName": name, "ValueAsString": text} for name, text in values.items()]
        try:
            client.put_record(FeatureGroupName="killed", Record=record)
        except (BotoCoreError, ClientError):
            break
        acknowledged.append(key)
    client.close()


def create_group(account: Account) -> None:
    account.bucket("killed-features")
    account.sagemaker.create_feature_group(
        FeatureGroupName="killed",
        RecordIdentifierFeatureName="id",
        EventTimeFeatureName="when",
        FeatureDefinitions=define(SCHEMA),
        RoleArn=ROLE,
        OnlineStoreConfig={"EnableOnlineStore": True},
        OfflineStoreConfig={"S3StorageConfig": {"S3Uri": "s3://killed-features/of"}},
    )
    wait_until_settled(
        lambda: account.sagemaker.describe_feature_group(FeatureGroupName="killed"),
        "FeatureGroupStatus",
    )


def count_offline(account: Account) -> dict[str, int]:
    """How often each identifier is in the offline store, by a query of Athena."""
    described = account.sagemaker.describe_feature_group(FeatureGroupName="killed")
    table = described["OfflineStoreConfig"]["DataCatalogConfig"]["TableName"]
    athena = account.client("athena")
    query: dict[str, Any] = athena.start_query_execution(
        QueryString=f"SELECT id, count(*) FROM sagemaker_featurestore.{table} GROUP BY id",  # noqa: S608
        ResultConfiguration={"OutputLocation": "s3://killed-features/results"},
    )
    query_id = query["QueryExecutionId"]

    def describe() -> dict[str, Any]:
        return dict(athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"])

    while (status := describe()["Status"])["State"] in {"QUEUED", "RUNNING"}:
        time.sleep(0.05)
    assert status["State"] == "SUCCEEDED", status
    pages = athena.get_paginator("get_query_results").paginate(QueryExecutionId=query_id)
    rows = [row["Data"] for page in pages for row in page["ResultSet"]["Rows"]][1:]
    return {key["VarCharValue"]: int(count["VarCharValue"]) for key, count in rows}


def test_a_service_that_is_killed_twice_loses_no_acknowledged_record(
    forks: multiprocessing.context.ForkServerContext, tmp_path: Path
) -> None:
    acknowledged = list[str]()
    for life in range(2):
        with run_killed(forks, tmp_path / "state") as account:
            if life == 0:
                create_group(account)
            threads = [
                threading.Thread(
                    target=write_until_killed, args=(account, life, writer, acknowledged)
                )
                for writer in range(WRITERS)
            ]
            for thread in threads:
                thread.start()
            while len(acknowledged) < RECORDS * (life + 1):
                time.sleep(0.01)
                assert any(thread.is_alive() for thread in threads)
        for thread in threads:
            thread.join()
    with run_killed(forks, tmp_path / "state") as account:
        counts = count_offline(account)
        assert set(acknowledged) <= counts.keys()
        assert set(counts.values()) == {1}
        runtime = account.client("sagemaker-featurestore-runtime")
        online = runtime.batch_get_record(
            Identifiers=[
                {
                    "FeatureGroupName": "killed",
                    "RecordIdentifiersValueAsString": acknowledged[-100:],
                }
            ]
        )
        assert len(online["Records"]) == 100
