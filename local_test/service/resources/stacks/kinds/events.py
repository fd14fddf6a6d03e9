"""Rules of EventBridge with their targets.

Source: CloudFormation Template Reference, `AWS::Events::Rule`.
"""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.errors import UserError
from local_test.service.resources.stacks.kinds.kind import ClientFactory, Created, already_deleted

_RULE = ("Description", "ScheduleExpression", "State", "RoleArn")


@dataclass(frozen=True)
class RuleKind:
    """A rule of the default bus, and its targets."""

    properties: frozenset[str] = frozenset({*_RULE, "Name", "EventPattern", "Targets"})
    attributes: frozenset[str] = frozenset({"Arn"})
    name_property: str = "Name"
    longest: int = 64

    def create(
        self,
        clients: ClientFactory,
        name: str,
        properties: Mapping[str, Any],
        stop: threading.Event,
    ) -> Created:
        """Put the rule and its targets; without the targets the rule is removed again."""
        try:
            return self.update(clients, name, properties, stop)
        except (ClientError, UserError):
            self.delete(clients, name)
            raise

    def update(
        self,
        clients: ClientFactory,
        name: str,
        properties: Mapping[str, Any],
        stop: threading.Event,
    ) -> Created:
        """Put the rule and its targets in the place of those it has."""
        del stop
        client = clients("events")
        request = {field: properties[field] for field in _RULE if field in properties}
        if "EventPattern" in properties:
            request["EventPattern"] = json.dumps(properties["EventPattern"])
        arn = client.put_rule(Name=name, **request)["RuleArn"]
        _remove_targets(client, name)
        if targets := properties.get("Targets"):
            failed = client.put_targets(Rule=name, Targets=targets)["FailedEntries"]
            if failed:
                reason = f"{failed[0].get('TargetId')}: {failed[0].get('ErrorMessage')}"
                raise UserError(f"the rule {name} cannot have its target {reason}")
        return Created(name, name, {"Arn": arn})

    def delete(self, clients: ClientFactory, name: str) -> None:
        """Delete the rule with its targets, unless somebody else has deleted it."""
        client = clients("events")
        with already_deleted("ResourceNotFoundException"):
            _remove_targets(client, name)
            client.delete_rule(Name=name)


def _remove_targets(client: Any, name: str) -> None:
    ids = [target["Id"] for target in client.list_targets_by_rule(Rule=name)["Targets"]]
    if ids:
        client.remove_targets(Rule=name, Ids=ids)


RULE = RuleKind()
