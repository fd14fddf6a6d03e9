"""Random sequences of requests against a simple model of what the registry should hold."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from local_test.service.api.api_errors import ApiError
from local_test.service.api.json_protocol import ApiCall
from local_test.service.api.service_model import ServiceModel
from local_test.service.backend import Backend
from local_test.service.resources import registry
from local_test.service.resources.model_packages.resource import MODEL_PACKAGE
from tests.clients.account import REGION

GROUPS = st.sampled_from(["alpha", "Beta"])
MISSING = 9
NUMBERS = st.integers(0, MISSING)
STATUSES = st.sampled_from(["Approved", "Rejected", "PendingManualApproval"])
KEYS = st.sampled_from(["a", "b", "c"])
METADATA = st.dictionaries(KEYS, st.sampled_from(["1", "2"]), min_size=1)
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "ModelApprovalStatus": STATUSES,
        "ApprovalDescription": st.sampled_from(["", "good", "bad"]),
        "CustomerMetadataProperties": METADATA,
        "CustomerMetadataPropertiesToRemove": st.lists(KEYS, min_size=1, max_size=1),
        "ModelLifeCycle": st.builds(
            lambda stage: {"Stage": stage, "StageStatus": "Ready"}, st.sampled_from(["Dev", "Live"])
        ),
        "SourceUri": st.sampled_from(["models:/a/1", "models:/a/2"]),
    },
)
API = ServiceModel()
REPLACED = ("ModelApprovalStatus", "ApprovalDescription", "ModelLifeCycle", "SourceUri")


class Registry:
    """The operations of the model registry, called as the service calls them."""

    def __init__(self, folder: Path) -> None:
        self.backend = Backend(folder, "http://127.0.0.1:1", types=registry.TYPES, api=API)

    def call(self, operation: str, **request: Any) -> dict[str, Any]:
        self.backend.api.validate(operation, request)
        shape = self.backend.api.get_operation(operation).output_shape
        return registry.OPERATIONS[operation](
            self.backend, ApiCall(operation, request, REGION, shape)
        )

    def is_refused(self, operation: str, **request: Any) -> bool:
        try:
            self.call(operation, **request)
        except ApiError:
            return True
        return False


class RegistryMachine(RuleBasedStateMachine):
    """Compares the registry with dictionaries: the packages, and each group's last version."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.registry = Registry(Path(self.folder.name))
        self.groups: dict[str, int] = {}
        self.packages: dict[tuple[str, int], dict[str, Any]] = {}

    def teardown(self) -> None:
        self.check_packages()
        self.registry.backend.records.close_store()
        self.folder.cleanup()

    @initialize()
    def create_first_packages(self) -> None:
        self.create_group("alpha")
        for key in ("a", "b"):
            self.create_package("alpha", {"CustomerMetadataProperties": {key: "1"}})

    @rule(group=GROUPS)
    def create_group(self, group: str) -> None:
        refused = self.registry.is_refused("CreateModelPackageGroup", ModelPackageGroupName=group)
        assert refused == (group in self.groups)
        self.groups.setdefault(group, 0)

    @rule(group=GROUPS)
    def delete_group(self, group: str) -> None:
        refused = self.registry.is_refused("DeleteModelPackageGroup", ModelPackageGroupName=group)
        has_packages = any(name == group for name, _ in self.packages)
        assert refused == (group not in self.groups or has_packages)
        if not refused:
            del self.groups[group]

    @rule(
        group=GROUPS,
        fields=st.fixed_dictionaries(
            {}, optional={"ModelApprovalStatus": STATUSES, "CustomerMetadataProperties": METADATA}
        ),
    )
    def create_package(self, group: str, fields: dict[str, Any]) -> None:
        request = {"ModelPackageGroupName": group, "ModelPackageRegistrationType": "Logged"}
        if group not in self.groups:
            assert self.registry.is_refused("CreateModelPackage", **request, **fields)
            return
        made = self.registry.call("CreateModelPackage", **request, **fields)
        self.groups[group] += 1
        version = self.groups[group]
        assert made["ModelPackageArn"].endswith(f":model-package/{group.lower()}/{version}")
        package = {"ModelApprovalStatus": "PendingManualApproval", **fields}
        self.packages[group, version] = package

    def choose(self, number: int) -> tuple[str, int]:
        """Return one of the packages, or for the last number one that does not exist."""
        chosen = sorted(self.packages)[number % len(self.packages)] if self.packages else None
        return ("alpha", 99) if chosen is None or number == MISSING else chosen

    @rule(number=NUMBERS, several=st.lists(CHANGES, min_size=2, max_size=5))
    def update_package(self, number: int, several: list[dict[str, Any]]) -> None:
        group, version = self.choose(number)
        for changes in several:
            self.update(group, version, changes)

    def update(self, group: str, version: int, changes: dict[str, Any]) -> None:
        arn = MODEL_PACKAGE.make_arn(REGION, f"{group}/{version}")
        refused = self.registry.is_refused("UpdateModelPackage", ModelPackageArn=arn, **changes)
        added = changes.get("CustomerMetadataProperties", {})
        removed = changes.get("CustomerMetadataPropertiesToRemove", [])
        package = self.packages.get((group, version))
        assert refused == (package is None or bool(added.keys() & set(removed)))
        if package is None or refused:
            return
        package |= {name: changes[name] for name in REPLACED if name in changes}
        metadata = package.get("CustomerMetadataProperties", {}) | added
        if added or removed:
            package["CustomerMetadataProperties"] = {
                key: value for key, value in metadata.items() if key not in removed
            }

    @rule(number=NUMBERS)
    def delete_package(self, number: int) -> None:
        group, version = self.choose(number)
        refused = self.registry.is_refused(
            "DeleteModelPackage", ModelPackageName=f"{group}/{version}"
        )
        assert refused == ((group, version) not in self.packages)
        self.packages.pop((group, version), None)

    def check_packages(self) -> None:
        for group in self.groups:
            listed = self.registry.call(
                "ListModelPackages", ModelPackageGroupName=group, MaxResults=100
            )["ModelPackageSummaryList"]
            versions = [item["ModelPackageVersion"] for item in listed]
            assert versions == sorted(found for name, found in self.packages if name == group)
        for (group, version), package in self.packages.items():
            described = self.registry.call(
                "DescribeModelPackage", ModelPackageName=f"{group}/{version}"
            )
            names = (*REPLACED, "CustomerMetadataProperties")
            assert {name: described[name] for name in names if name in described} == package
            record = self.registry.backend.records.get(
                MODEL_PACKAGE, REGION, f"{group.lower()}.{version}"
            )
            last = record["ApprovalHistory"][-1]
            assert last["ModelApprovalStatus"] == package["ModelApprovalStatus"]


TestRegistry = RegistryMachine.TestCase
TestRegistry.settings = settings(max_examples=20, stateful_step_count=15, deadline=None)


def test_a_package_that_is_being_validated_is_not_deleted(tmp_path: Path) -> None:
    packages = Registry(tmp_path)
    packages.call("CreateModelPackageGroup", ModelPackageGroupName="alpha")
    packages.call(
        "CreateModelPackage", ModelPackageGroupName="alpha", ModelPackageRegistrationType="Logged"
    )
    validated = {
        "ModelPackageStatus": "InProgress",
        "ModelPackageStatusDetails": {
            "ValidationStatuses": [{"Name": "one", "Status": "InProgress"}],
            "ImageScanStatuses": [],
        },
    }
    packages.backend.records.update(MODEL_PACKAGE, REGION, "alpha.1", **validated)
    with pytest.raises(ApiError, match="is being validated") as refused:
        packages.call("DeleteModelPackage", ModelPackageName="alpha/1")
    assert refused.value.code == "ConflictException"
    registry.resume(packages.backend)
    described = packages.call("DescribeModelPackage", ModelPackageName="alpha/1")
    [item] = described["ModelPackageStatusDetails"]["ValidationStatuses"]
    assert (described["ModelPackageStatus"], item["Status"]) == ("Failed", "Failed")
    assert "the local service ended while the job ran" in item["FailureReason"]
    packages.call("DeleteModelPackage", ModelPackageName="alpha/1")
