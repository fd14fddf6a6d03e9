"""Model packages of earlier versions, which moto kept: their requests become records once.

moto numbered versions from one and never removed any, and forgot the approval of a package when its
metadata were changed; the records have what the requests asked for.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from local_test.service.api.api_errors import ApiError
from local_test.service.api.json_protocol import TARGET_PREFIX
from local_test.service.api.resource_type import ResourceType, now
from local_test.service.api.tag_rules import merge_tags
from local_test.service.backend import Backend
from local_test.service.resources.model_packages.group_operations import start_group
from local_test.service.resources.model_packages.package_creation import start_package
from local_test.service.resources.model_packages.package_update import merge_update
from local_test.service.resources.model_packages.resource import MODEL_PACKAGE, PACKAGE_GROUP
from local_test.service.storage.records import Record
from local_test.service.storage.state.journal import JournalEntry, read_content

_TAG_OPERATIONS = {"AddTags", "DeleteTags"}
_PATHS = (f":{PACKAGE_GROUP.path}/", f":{MODEL_PACKAGE.path}/")
_Place = tuple[str, str]  # region and ARN, in small letters


class _Migration:
    """The groups and packages of the journal, by region and ARN."""

    def __init__(self) -> None:
        self.records: dict[_Place, tuple[ResourceType, Record]] = {}

    def apply(self, entry: JournalEntry, operation: str) -> bool:
        """Do what a request says; return False if it is invalid. Skip a missing resource."""
        request, region, time = read_content(entry), entry["region"], _read_time(entry)
        try:
            _APPLY[operation](self, region, request, time)
        except ApiError:
            return False
        return True

    def create_group(self, region: str, request: dict[str, Any], time: float) -> None:
        record = start_group(region, request, time)
        place = (region, record[PACKAGE_GROUP.arn_field])
        if place in self.records:  # moto replaced the description, and kept the packages
            record["LastVersion"] = self.records[place][1]["LastVersion"]
        self.records[place] = (PACKAGE_GROUP, record)

    def create_package(self, region: str, request: dict[str, Any], time: float) -> None:
        fields = dict(request)
        if PACKAGE_GROUP.name_field in request:
            arn = PACKAGE_GROUP.make_arn(region, request[PACKAGE_GROUP.name_field])
            if (region, arn) not in self.records:
                return
            group = self.records[region, arn][1]
            group["LastVersion"] += 1
            fields["ModelPackageVersion"] = group["LastVersion"]
        record = start_package(region, fields, time)
        self.records[region, record[MODEL_PACKAGE.arn_field]] = (MODEL_PACKAGE, record)

    def update_package(self, region: str, request: dict[str, Any], time: float) -> None:
        record = self._find(region, request[MODEL_PACKAGE.arn_field])
        if record is not None:
            record |= merge_update(record, request, time)

    def add_tags(self, region: str, request: dict[str, Any], _time: float) -> None:
        arn = request["ResourceArn"]
        record = self._find(region, arn)
        if record is not None:
            record["Tags"] = merge_tags(record.get("Tags", ()), request["Tags"], arn)

    def delete_tags(self, region: str, request: dict[str, Any], _time: float) -> None:
        record, removed = self._find(region, request["ResourceArn"]), set(request["TagKeys"])
        if record is not None:
            record["Tags"] = [tag for tag in record.get("Tags", ()) if tag["Key"] not in removed]

    def _find(self, region: str, arn: str) -> Record | None:
        return self.records.get((region, arn.lower()), (None, None))[1]


_APPLY: Mapping[str, Callable[[_Migration, str, dict[str, Any], float], None]] = {
    "CreateModelPackageGroup": _Migration.create_group,
    "CreateModelPackage": _Migration.create_package,
    "UpdateModelPackage": _Migration.update_package,
    "AddTags": _Migration.add_tags,
    "DeleteTags": _Migration.delete_tags,
}


def migrate_journal(backend: Backend, entries: Sequence[JournalEntry]) -> Sequence[JournalEntry]:
    """Make the records of a journal's model packages, and return the journal's other entries.

    A record that exists was made by a migration that could not finish. An invalid request, which
    moto took, stays in the journal. Raises OSError when a record cannot be saved.
    """
    migration, others = _Migration(), []
    for entry in entries:
        operation = entry["headers"].get("X-Amz-Target", "").removeprefix(TARGET_PREFIX)
        if not _is_of_registry(entry, operation) or not migration.apply(entry, operation):
            others.append(entry)
    for (region, _), (resource, record) in migration.records.items():
        _add_missing(backend, region, resource, record)
    return others


def _add_missing(backend: Backend, region: str, resource: ResourceType, record: Record) -> None:
    key = resource.key_of(record)
    try:
        backend.records.get(resource, region, key)
    except ApiError:
        backend.records.add(resource, region, key, record)


def _is_of_registry(entry: JournalEntry, operation: str) -> bool:
    if operation not in _TAG_OPERATIONS:
        return operation in _APPLY
    return any(path in str(read_content(entry).get("ResourceArn")) for path in _PATHS)


def _read_time(entry: JournalEntry) -> float:
    """Return when a request was signed (seconds since 1970), the present time without a date."""
    try:
        signed = datetime.strptime(entry["headers"]["X-Amz-Date"], "%Y%m%dT%H%M%S%z")
    except (KeyError, ValueError):
        return now()
    return signed.timestamp()
