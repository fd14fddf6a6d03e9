"""A state folder of an earlier version: its journal has model packages that moto answered.

`journal_of_moto.jsonl` was written by the service before it had a model registry of its own.
"""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path
from typing import Any

from local_test.service.backend import Backend
from local_test.service.resources.model_packages.journal_migration import migrate_journal
from local_test.service.resources.model_packages.resource import MODEL_PACKAGE, PACKAGE_GROUP
from tests.clients.account import REGION, run_service

JOURNAL = Path(__file__).with_name("journal_of_moto.jsonl")


def read_entries() -> list[dict[str, Any]]:
    return [json.loads(line) for line in JOURNAL.read_text().splitlines()]


def records_of(backend: Backend) -> list[Any]:
    return [backend.records.list_all(kind) for kind in (PACKAGE_GROUP, MODEL_PACKAGE)]


def test_old_packages_are_there_after_an_upgrade(tmp_path: Path) -> None:
    (tmp_path / "journal.jsonl").write_text(JOURNAL.read_text())
    with run_service("process", tmp_path) as account:
        [group] = account.sagemaker.list_model_package_groups()["ModelPackageGroupSummaryList"]
        assert group["ModelPackageGroupName"] == "Prices"
        assert group["ModelPackageGroupDescription"] == "house prices"
        old_arn = f"{group['ModelPackageGroupArn'].rpartition('/')[0]}/Prices"
        tags = account.sagemaker.list_tags(ResourceArn=old_arn)["Tags"]
        assert {tag["Key"]: tag["Value"] for tag in tags} == {"team": "a", "cost": "2"}
        approved, pending = (
            account.sagemaker.describe_model_package(ModelPackageName=f"prices/{version}")
            for version in (1, 2)
        )
        assert approved["ModelPackageArn"].endswith(":model-package/prices/1")
        assert approved["ModelApprovalStatus"] == "Approved"
        assert approved["ApprovalDescription"] == "good"
        assert approved["CustomerMetadataProperties"] == {"owner": "a"}
        assert pending["ModelPackageDescription"] == "second"
        assert pending["ModelApprovalStatus"] == "PendingManualApproval"
        signed = f"{pending['CreationTime']:%Y%m%dT%H%M%SZ}"
        assert signed in {entry["headers"]["X-Amz-Date"] for entry in read_entries()}
        alone = account.sagemaker.describe_model_package(ModelPackageName="alone")
        assert alone["ModelPackageStatus"] == "Completed"
        made = account.sagemaker.create_model_package(
            ModelPackageGroupName="Prices", ModelPackageRegistrationType="Logged"
        )
        assert made["ModelPackageArn"].endswith("/3")
        repositories = account.client("ecr").describe_repositories()["repositories"]
        assert [item["repositoryName"] for item in repositories] == ["kept"]
    left = [json.loads(line) for line in (tmp_path / "journal.jsonl").read_text().splitlines()]
    services = {entry["service"] for entry in left}
    assert services >= {"ecr"}
    assert services & {"sagemaker"} == set()


def test_a_migration_that_was_cut_off_is_finished_by_the_next(tmp_path: Path) -> None:
    backend = Backend(tmp_path, "http://127.0.0.1:1")
    others = migrate_journal(backend, read_entries())
    assert [entry["service"] for entry in others] == ["ecr"]
    before = records_of(backend)
    backend.records.remove(MODEL_PACKAGE, REGION, "prices.2")
    assert migrate_journal(backend, read_entries()) == others
    assert records_of(backend) == before


def test_a_compressed_request_is_read_and_an_invalid_one_stays(tmp_path: Path) -> None:
    group, _, first, *_ = read_entries()
    group["headers"]["Content-Encoding"] = "gzip"
    group["body"] = base64.b64encode(gzip.compress(base64.b64decode(group["body"]))).decode()
    del first["headers"]["X-Amz-Date"]
    card = {"ModelCardContent": "{", "ModelCardStatus": "Draft"}
    arn = f"arn:aws:sagemaker:{REGION}:123456789012:model-package/prices/1"
    content = json.dumps({"ModelPackageArn": arn, "ModelCard": card}).encode()
    invalid = {
        **first,
        "headers": {"X-Amz-Target": "SageMaker.UpdateModelPackage"},
        "body": base64.b64encode(content).decode(),
    }
    backend = Backend(tmp_path, "http://127.0.0.1:1")
    assert migrate_journal(backend, [group, first, invalid]) == [invalid]
    record = backend.records.get(MODEL_PACKAGE, REGION, "prices.1")
    assert record.get("ModelCard") is None
    assert backend.records.get(PACKAGE_GROUP, REGION, "prices")["LastVersion"] == 1
