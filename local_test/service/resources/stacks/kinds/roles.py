"""Roles of IAM; policies are kept and have no effect here, as all of IAM.

Source: CloudFormation Template Reference, `AWS::IAM::Role`.
"""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local_test.errors import UserError
from local_test.service.resources.stacks.kinds.kind import ClientFactory, Created, already_deleted

_PROPERTIES = frozenset(
    {
        *("RoleName", "AssumeRolePolicyDocument", "Policies", "Path", "Description", "Tags"),
        *("MaxSessionDuration", "ManagedPolicyArns"),
    }
)


@dataclass(frozen=True)
class RoleKind:
    """A role with its inline policies."""

    properties: frozenset[str] = _PROPERTIES
    attributes: frozenset[str] = frozenset({"Arn", "RoleId"})
    name_property: str = "RoleName"
    longest: int = 64

    def create(
        self,
        clients: ClientFactory,
        name: str,
        properties: Mapping[str, Any],
        stop: threading.Event,
    ) -> Created:
        """Create the role and its policies."""
        del stop
        client = clients("iam")
        chosen = {
            field: properties[field]
            for field in ("Path", "Description", "Tags")
            if field in properties
        }
        if "MaxSessionDuration" in properties:
            chosen["MaxSessionDuration"] = int(properties["MaxSessionDuration"])
        role = client.create_role(
            RoleName=name, AssumeRolePolicyDocument=_write_trust(properties), **chosen
        )["Role"]
        try:
            _put_policies(client, name, properties)
        except (ClientError, UserError):
            self.delete(clients, name)
            raise
        return Created(name, name, {"Arn": role["Arn"], "RoleId": role["RoleId"]})

    def update(
        self,
        clients: ClientFactory,
        name: str,
        properties: Mapping[str, Any],
        stop: threading.Event,
    ) -> Created | None:
        """Replace trust and policies; a role with another path is a new one."""
        del stop
        client = clients("iam")
        role = client.get_role(RoleName=name)["Role"]
        if role["Path"] != properties.get("Path", "/"):
            return None
        client.update_assume_role_policy(RoleName=name, PolicyDocument=_write_trust(properties))
        client.update_role(
            RoleName=name,
            Description=properties.get("Description", ""),
            MaxSessionDuration=int(properties.get("MaxSessionDuration", 3600)),
        )
        _remove_policies(client, name)
        _put_policies(client, name, properties)
        if keys := [tag["Key"] for tag in client.list_role_tags(RoleName=name)["Tags"]]:
            client.untag_role(RoleName=name, TagKeys=keys)
        if tags := properties.get("Tags"):
            client.tag_role(RoleName=name, Tags=tags)
        return Created(name, name, {"Arn": role["Arn"], "RoleId": role["RoleId"]})

    def delete(self, clients: ClientFactory, name: str) -> None:
        """Delete the role with its policies, unless somebody else has deleted it."""
        client = clients("iam")
        with already_deleted("NoSuchEntity"):
            _remove_policies(client, name)
            client.delete_role(RoleName=name)


def _write_trust(properties: Mapping[str, Any]) -> str:
    return json.dumps(properties.get("AssumeRolePolicyDocument", {}), default=str)


def _put_policies(client: Any, name: str, properties: Mapping[str, Any]) -> None:
    for policy in properties.get("Policies") or ():
        if not {"PolicyName", "PolicyDocument"} <= policy.keys():
            raise UserError(f"a policy of role {name} has no PolicyName or no PolicyDocument")
        client.put_role_policy(
            RoleName=name,
            PolicyName=policy["PolicyName"],
            PolicyDocument=json.dumps(policy["PolicyDocument"], default=str),
        )
    for arn in properties.get("ManagedPolicyArns") or ():
        client.attach_role_policy(RoleName=name, PolicyArn=arn)


def _remove_policies(client: Any, name: str) -> None:
    for policy in client.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        client.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
    for policy in client.list_role_policies(RoleName=name)["PolicyNames"]:
        client.delete_role_policy(RoleName=name, PolicyName=policy)


ROLE = RoleKind()
