"""The report in SARIF 2.1.0, the format of code scanning services.

Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0"; what GitHub reads
of it: GitHub Docs, "SARIF support for code scanning".
"""

import json
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from local_test.conformance.check import Check, CheckStatus, Severity, Verdict
from local_test.conformance.reports import find_group
from local_test.conformance.runner import ConformanceReport
from local_test.release import read_version

DEFAULT_SOURCE = PurePath("Dockerfile")
_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVELS = {Severity.MUST: "error", Severity.SHOULD: "warning"}
_BAD = {CheckStatus.FAILED, CheckStatus.BLOCKED}


def to_sarif(report: ConformanceReport, source: PurePath = DEFAULT_SOURCE) -> str:
    """Return the report as a SARIF log: a rule for each check, a result for each that is not kept.

    `source` is the file of the repository that results point at, relative to its root: an image has
    no lines, and code scanning shows no result without a file.
    """
    bad = [verdict for verdict in report.verdicts if verdict.status in _BAD]
    run = {
        "tool": {"driver": _describe_driver([verdict.check for verdict in report.verdicts])},
        "automationDetails": {"id": f"conform/{report.image}/"},
        "invocations": [{"executionSuccessful": True}],
        "properties": {
            "image": report.image,
            "engine": report.engine,
            "conforms": not report.fatal,
        },
        "results": [_describe_result(verdict, report, source) for verdict in bad],
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _describe_driver(checks: Sequence[Check]) -> dict[str, Any]:
    rules = [
        {
            "id": check.id,
            "shortDescription": {"text": check.sentence},
            **({"help": {"text": check.remedy}} if check.remedy else {}),
            "defaultConfiguration": {"level": _LEVELS[check.severity]},
            "properties": {"tags": [find_group(check)]},
        }
        for check in checks
    ]
    return {"name": "local-sagemaker conform", "version": read_version(), "rules": rules}


def _describe_result(
    verdict: Verdict, report: ConformanceReport, source: PurePath
) -> dict[str, Any]:
    check = verdict.check
    place = {"uri": quote(source.as_posix())}
    parts = (f"{check.sentence} Not kept by {report.image}: {verdict.detail}", check.remedy)
    return {
        "ruleId": check.id,
        "level": _LEVELS[check.severity],
        "message": {"text": "\n".join(filter(None, parts))},
        "locations": [
            {"physicalLocation": {"artifactLocation": place, "region": {"startLine": 1}}}
        ],
        "partialFingerprints": {"imageAndCheck/v1": f"{report.image} {check.id}"},
    }
