"""Bring the resources of a stack to what its template says, or back when one of them fails.

Source: CloudFormation User Guide, 'Stack failure options', 'Update behaviors of stack resources'.
"""

import threading
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from local_test.errors import LocalError
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.resources.stacks.kinds.kind import Created, CreationFailed, ResourceKind
from local_test.service.resources.stacks.kinds.registry import KINDS
from local_test.service.resources.stacks.resource import STACK, add_event
from local_test.service.resources.stacks.stack_values import (
    list_outputs,
    make_evaluation,
    make_name,
)
from local_test.service.resources.stacks.template.errors import TemplateError
from local_test.service.resources.stacks.template.template import Template, parse_template
from local_test.service.storage.records import Record

_STACK_TYPE = "AWS::CloudFormation::Stack"
_REFUSALS = (ClientError, BotoCoreError, LocalError, CreationFailed)


class StackDeployment:
    """One creation, update or deletion of a stack; the record has the status of each resource."""

    def __init__(self, backend: Backend, region: str, key: str, stop: threading.Event) -> None:
        self._backend, self._region, self._key, self._stop = backend, region, key, stop
        self._replaced: list[tuple[str, Record]] = []

    def create(self) -> None:
        """Create all resources; after a failure do what `OnFailure` says."""
        if self._bring_forward():
            self._set_status("CREATE_COMPLETE")
            return
        action = self._read().get("OnFailure", "ROLLBACK")
        if action == "DO_NOTHING":
            self._set_status("CREATE_FAILED", self._read()["StackStatusReason"])
            return
        self._set_status("ROLLBACK_IN_PROGRESS", self._read()["StackStatusReason"])
        left = self._delete_resources(self._read()["Resources"])
        self._set_status("ROLLBACK_FAILED" if left else "ROLLBACK_COMPLETE")
        if action == "DELETE" and not left:
            self._bury()

    def update(self, before: Record) -> None:
        """Bring the resources to the new template; after a failure back to the record `before`."""
        if self._bring_forward():
            self._set_status("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
            kept = _parse(self._read()).resources
            gone = {
                name: entry
                for name, entry in self._read()["Resources"].items()
                if name not in kept or name not in self._wanted
            }
            self._delete_resources(gone)
            for name, entry in self._replaced:
                self._delete_one(name, entry, forget=False)
            self._set_status("UPDATE_COMPLETE")
            return
        reason = self._read()["StackStatusReason"]
        if self._read().get("DisableRollback"):
            self._set_status("UPDATE_FAILED", reason)
            return
        self._set_status("UPDATE_ROLLBACK_IN_PROGRESS", reason)
        failed = self._bring_back(before)
        content = {
            field: before.get(field)
            for field in ("Template", "Texts", "Tags", "Parameters", "Description", "Capabilities")
        }
        self._update(**content)
        self._set_status("UPDATE_ROLLBACK_FAILED" if failed else "UPDATE_ROLLBACK_COMPLETE")

    def delete(self) -> None:
        """Delete all resources and the stack."""
        left = self._delete_resources(self._read()["Resources"])
        if left:
            reason = f"The following resource(s) failed to delete: [{', '.join(left)}]."
            self._set_status("DELETE_FAILED", reason)
        else:
            self._bury()

    def _bring_forward(self) -> bool:
        """Create and update resources in order; return False when one has failed."""
        template = _parse(self._read())
        self._wanted: set[str] = set()
        for logical in template.order:
            resource = template.resources[logical]
            try:
                evaluation = make_evaluation(self._read(), self._region, template)
                condition = resource.get("Condition")
                if condition is not None and not evaluation.holds(condition):
                    continue
                self._wanted.add(logical)
                properties = evaluation.evaluate(resource.get("Properties") or {})
            except TemplateError as error:
                return self._fail(logical, resource["Type"], "CREATE_FAILED", str(error))
            if not self._bring_one(logical, resource, self._add_tags(resource["Type"], properties)):
                return False
        try:
            self._update(Outputs=list_outputs(self._read(), self._region, template))
        except TemplateError as error:
            return self._fail(self._read()["StackName"], _STACK_TYPE, "UPDATE_FAILED", str(error))
        return True

    def _add_tags(self, kind: str, properties: Record) -> Record:
        """Return properties with the stack's tags, which those of the resource precede."""
        tags = self._read().get("Tags") or []
        if "Tags" not in KINDS[kind].properties or not tags:
            return properties
        own = properties.get("Tags") or []
        keys = {tag["Key"] for tag in own}
        return properties | {"Tags": [*own, *(tag for tag in tags if tag["Key"] not in keys)]}

    def _bring_one(self, logical: str, resource: Mapping[str, Any], properties: Record) -> bool:
        kind_name = resource["Type"]
        kind = KINDS[kind_name]
        entry = self._read()["Resources"].get(logical)
        if entry and entry["ResourceType"] == kind_name and entry["Properties"] == properties:
            return True
        policy = resource.get("DeletionPolicy", "Delete")
        try:
            if entry and entry["ResourceType"] == kind_name:
                self._enter(logical, entry, "UPDATE_IN_PROGRESS")
                given = properties.get(kind.name_property, entry["Name"])
                updated = (
                    kind.update(self._clients, entry["Name"], properties, self._stop)
                    if given == entry["Name"]
                    else None
                )
                if updated is None:
                    self._check_name(kind, entry, properties)
                    updated = self._make(logical, kind, properties)
                    kept = resource.get("UpdateReplacePolicy") == "Retain"
                    self._replaced += [] if kept else [(logical, entry)]
                status = "UPDATE_COMPLETE"
            else:
                self._enter(logical, {"ResourceType": kind_name}, "CREATE_IN_PROGRESS")
                updated = self._make(logical, kind, properties)
                status = "CREATE_COMPLETE"
        except _REFUSALS as error:
            failed = "UPDATE_FAILED" if entry else "CREATE_FAILED"
            if isinstance(error, CreationFailed) and not entry:
                made = _describe(kind_name, error.created, properties, policy)
                self._enter(logical, made, failed, str(error))
            return self._fail(logical, kind_name, failed, str(error))
        self._enter(logical, _describe(kind_name, updated, properties, policy), status)
        return True

    def _make(self, logical: str, kind: ResourceKind, properties: Record) -> Created:
        stack = self._read()["StackName"]
        name = properties.get(kind.name_property) or make_name(stack, logical, kind.longest)
        return kind.create(self._clients, str(name), properties, self._stop)

    @staticmethod
    def _check_name(kind: ResourceKind, entry: Record, properties: Record) -> None:
        if properties.get(kind.name_property) == entry["Name"]:
            raise TemplateError(
                "CloudFormation cannot update a stack when a custom-named resource requires"
                f" replacing. Rename {entry['Name']} and update the stack again."
            )

    def _bring_back(self, before: Record) -> bool:
        """Restore what the resources were before an update; return True when one could not be."""
        failed = False
        resources = self._read()["Resources"]
        replaced = {name for name, _ in self._replaced}
        for logical, entry in before["Resources"].items():
            now_there = resources.get(logical, {})
            same = now_there.get("Name") == entry["Name"]
            changed = now_there.get("Properties") != entry["Properties"]
            if same and (changed or now_there.get("ResourceStatus") == "UPDATE_FAILED"):
                try:
                    KINDS[entry["ResourceType"]].update(
                        self._clients, entry["Name"], entry["Properties"], self._stop
                    )
                except _REFUSALS as error:
                    failed = True
                    self._enter(logical, entry, "UPDATE_FAILED", str(error))
                    continue
            if changed or not same:
                if logical in replaced and not same:
                    self._delete_one(logical, now_there, forget=False)
                self._enter(logical, entry, "UPDATE_COMPLETE")
        new = {name: one for name, one in resources.items() if name not in before["Resources"]}
        return bool(self._delete_resources(new)) or failed

    def _delete_resources(self, entries: Mapping[str, Record]) -> list[str]:
        """Delete resources, the newest first; return the names of those that are left."""
        order = list(self._read()["Resources"])
        names = sorted(entries, key=order.index, reverse=True)
        return [name for name in names if not self._delete_one(name, entries[name])]

    def _delete_one(self, logical: str, entry: Record, *, forget: bool = True) -> bool:
        if entry.get("Name") and entry.get("DeletionPolicy") != "Retain":
            self._enter(logical, entry, "DELETE_IN_PROGRESS", keep=forget)
            try:
                KINDS[entry["ResourceType"]].delete(self._clients, entry["Name"])
            except _REFUSALS as error:
                self._enter(logical, entry, "DELETE_FAILED", str(error), keep=forget)
                return False
        self._enter(logical, entry, "DELETE_COMPLETE", keep=False)
        if forget:
            left = {key: one for key, one in self._read()["Resources"].items() if key != logical}
            self._update(Resources=left)
        return True

    def _bury(self) -> None:
        """Keep the record of a deleted stack by its ARN."""
        self._set_status("DELETE_COMPLETE")
        with self._backend.records.lock():
            record = self._read() | {"DeletionTime": now()}
            self._backend.records.remove(STACK, self._region, self._key)
            record["Key"] = record["StackId"]
            self._backend.records.add(STACK, self._region, record["Key"], record)

    def _fail(self, logical: str, kind: str, status: str, reason: str) -> bool:
        record = self._read()
        entry = record["Resources"].get(logical, {"ResourceType": kind})
        self._enter(logical, entry, status, reason)
        verb = "update" if status == "UPDATE_FAILED" else "create"
        self._update(StackStatusReason=f"The following resource(s) failed to {verb}: [{logical}].")
        return False

    def _enter(
        self,
        logical: str,
        entry: Record,
        status: str,
        reason: str | None = None,
        *,
        keep: bool = True,
    ) -> None:
        """Set the status of a resource and add the event; with `keep` the entry is the stack's."""
        with self._backend.records.lock():
            record = self._read()
            physical = entry.get("PhysicalResourceId", "")
            kind = entry["ResourceType"]
            changes: Record = {"Events": add_event(record, logical, physical, kind, status, reason)}
            if keep and kind != _STACK_TYPE:
                status_fields = {
                    "ResourceStatus": status,
                    "ResourceStatusReason": reason,
                    "Timestamp": now(),
                }
                changes["Resources"] = record["Resources"] | {logical: {**entry, **status_fields}}
            self._update(**changes)

    def _set_status(self, status: str, reason: str | None = None) -> None:
        record = self._read()
        events = add_event(
            record, record["StackName"], record["StackId"], _STACK_TYPE, status, reason
        )
        self._update(StackStatus=status, StackStatusReason=reason, Events=events)

    def _clients(self, service: str) -> Any:
        return self._backend.aws.client(service, self._region)

    def _read(self) -> Record:
        return self._backend.records.get(STACK, self._region, self._key)

    def _update(self, **changes: Any) -> None:
        self._backend.records.update(STACK, self._region, self._key, **changes)


def _parse(record: Record) -> Template:
    return parse_template(record["Template"])


def _describe(kind: str, created: Created, properties: Record, policy: str) -> Record:
    return {
        "ResourceType": kind,
        "Name": created.name,
        "PhysicalResourceId": created.ref,
        "Attributes": dict(created.attributes),
        "Properties": properties,
        "DeletionPolicy": policy,
    }
