"""A service that is killed twice while records come in loses and doubles none of them."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from tests.clients.account import REGION, Account, run_service, wait_until_settled
from tests.local_test.service.resources.feature_groups.feature_service import ROLE, define

WRITERS, RECORDS = 4, 60
SCHEMA = {"id": "String", "when": "Fractional", "n": "Integral"}


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


def test_a_service_that_is_killed_twice_loses_no_acknowledged_record(tmp_path: Path) -> None:
    acknowledged = list[str]()
    for life in range(2):
        with run_service("process", tmp_path / "state", end=signal.SIGKILL) as account:
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
    with run_service("process", tmp_path / "state") as account:
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
