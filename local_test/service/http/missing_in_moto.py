"""Operations of the query protocol that clients use and moto does not have.

To add one, write a function from the request's fields to the response's XML and put it in `GAPS`.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import parse_qs
from xml.etree import ElementTree as ET

from werkzeug.wrappers import Request, Response

from local_test.service.api.json_protocol import read_credential_scope

Fields = Mapping[str, Sequence[str]]
_IAM = "https://iam.amazonaws.com/doc/2010-05-08/"
_FORM = "application/x-www-form-urlencoded"


def answer_missing(request: Request, body: bytes) -> Response | None:
    """Answer a request for an operation that moto lacks; return None for all others."""
    if request.method != "POST" or not (request.content_type or "").startswith(_FORM):
        return None
    fields = parse_qs(body.decode("utf-8", errors="replace"))
    [action, *_] = fields.get("Action", [""])
    fill = GAPS.get((read_credential_scope(request)[1], action))
    if fill is None:
        return None
    return Response(ET.tostring(fill(fields), encoding="utf-8"), content_type="text/xml")


def _simulate_principal_policy(fields: Fields) -> ET.Element:
    """Allow every action on every resource: roles are accepted here without effect."""
    response = ET.Element("SimulatePrincipalPolicyResponse", xmlns=_IAM)
    result = ET.SubElement(response, "SimulatePrincipalPolicyResult")
    ET.SubElement(result, "IsTruncated").text = "false"
    decisions = ET.SubElement(result, "EvaluationResults")
    for action in _read_list(fields, "ActionNames"):
        for resource in _read_list(fields, "ResourceArns") or ["*"]:
            decision = ET.SubElement(decisions, "member")
            ET.SubElement(decision, "EvalActionName").text = action
            ET.SubElement(decision, "EvalResourceName").text = resource
            ET.SubElement(decision, "EvalDecision").text = "allowed"
    metadata = ET.SubElement(response, "ResponseMetadata")
    ET.SubElement(metadata, "RequestId").text = str(uuid.uuid4())
    return response


def _read_list(fields: Fields, name: str) -> list[str]:
    entries = (fields.get(f"{name}.member.{number}") for number in range(1, len(fields) + 1))
    return [values[0] for values in entries if values]


GAPS: Mapping[tuple[str, str], Callable[[Fields], ET.Element]] = {
    ("iam", "SimulatePrincipalPolicy"): _simulate_principal_policy,
}
