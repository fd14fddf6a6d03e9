"""Reports as text, as JUnit XML and as JSON."""

import json
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET

from rich.console import Console
from rich.table import Table

from local_test.conformance.check import Check, CheckStatus, Verdict
from local_test.conformance.registry import GROUPS
from local_test.conformance.runner import ConformanceReport

_MARKS: Mapping[CheckStatus, tuple[str, str]] = {
    CheckStatus.PASSED: ("✓", "green"),
    CheckStatus.FAILED: ("✗", "red"),
    CheckStatus.BLOCKED: ("!", "red"),
    CheckStatus.NOT_APPLICABLE: ("-", "bright_black"),
}


def print_verdict(verdict: Verdict, console: Console) -> None:
    """Print one verdict; a failed one with what was observed and how to fix it."""
    mark, colour = _MARKS[verdict.status]
    if verdict.status is CheckStatus.FAILED and not verdict.fatal:
        colour = "yellow"
    table = Table.grid(padding=(0, 1))
    for width in (1, 5, 6):
        table.add_column(width=width)
    table.add_column(ratio=1)
    check = verdict.check
    sentence = check.sentence
    table.add_row(f"[{colour}]{mark}[/]", check.id, check.severity.value, sentence)
    if verdict.detail:
        table.add_row("", "", "", f"[{colour}]{_escape_markup(verdict.detail)}[/]")
    if verdict.status is CheckStatus.FAILED and check.remedy:
        table.add_row("", "", "", f"→ {_escape_markup(check.remedy)}")
    console.print(table)


def format_summary(report: ConformanceReport) -> str:
    """Return the last line of the report."""
    counts = ", ".join(
        f"{report.count(status)} {status}" for status in CheckStatus if report.count(status)
    )
    verdict = "does not conform" if report.fatal else "conforms"
    return f"{report.image} {verdict}: {counts}; {report.seconds:.0f} s on {report.engine}."


def list_failures(report: ConformanceReport) -> list[str]:
    """Return a line for each failed check, with what was observed."""
    return [
        f"{one.check.id} {one.check.severity}: {one.check.sentence} {one.detail}".rstrip()
        for one in report.verdicts
        if one.status is CheckStatus.FAILED
    ]


def describe_report(report: ConformanceReport) -> dict[str, Any]:
    """Return the report as an object for JSON."""
    return {
        "image": report.image,
        "engine": report.engine,
        "conforms": not report.fatal,
        "seconds": round(report.seconds, 2),
        "checks": [
            {
                "id": verdict.check.id,
                "group": find_group(verdict.check),
                "severity": verdict.check.severity,
                "status": verdict.status,
                "sentence": verdict.check.sentence,
                "detail": verdict.detail,
                "remedy": verdict.check.remedy,
                "seconds": round(verdict.seconds, 3),
            }
            for verdict in report.verdicts
        ],
    }


def to_json(report: ConformanceReport) -> str:
    """Return the report as JSON."""
    return json.dumps(describe_report(report), indent=2, ensure_ascii=False) + "\n"


def to_junit(report: ConformanceReport) -> str:
    """Return the report as JUnit XML.

    A `should` never counts as a failure.
    """
    fatal = len(report.fatal)
    suite = ET.Element(
        "testsuite",
        name=f"conform {report.image}",
        tests=str(len(report.verdicts)),
        failures=str(fatal),
        skipped=str(len([v for v in report.verdicts if _is_skipped(v)])),
        time=f"{report.seconds:.3f}",
    )
    for verdict in report.verdicts:
        suite.append(_to_testcase(verdict))
    ET.indent(suite)
    return ET.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def find_group(check: Check) -> str:
    """Return the title of a check's group."""
    return next(title for title, checks in GROUPS if check in checks)


def _to_testcase(verdict: Verdict) -> ET.Element:
    check = verdict.check
    case = ET.Element(
        "testcase",
        classname=find_group(check),
        name=f"{check.id} {check.sentence}",
        time=f"{verdict.seconds:.3f}",
    )
    if verdict.fatal:
        child = ET.SubElement(case, "failure", message=_replace_unprintable(verdict.detail))
        child.text = check.remedy
    elif _is_skipped(verdict):
        ET.SubElement(case, "skipped", message=_replace_unprintable(verdict.detail))
    elif verdict.detail:
        ET.SubElement(case, "system-out").text = _replace_unprintable(verdict.detail)
    return case


def _is_skipped(verdict: Verdict) -> bool:
    return verdict.status is CheckStatus.NOT_APPLICABLE


def _replace_unprintable(text: str) -> str:
    return "".join(mark if mark.isprintable() or mark in "\n\t" else "�" for mark in text)


def _escape_markup(text: str) -> str:
    return text.replace("[", "\\[")
