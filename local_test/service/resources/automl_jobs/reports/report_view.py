"""The reports of an AutoML job as downloads of the console: `automl-reports/REGION/JOB/FILE`."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from local_test.errors import LocalError
from local_test.service.backend import Backend
from local_test.service.resources.automl_jobs.resource import AUTOML_JOB
from local_test.service.resources.page import Download, View
from local_test.service.storage.records import Record
from local_test.service.storage.s3 import S3Uri, parse_uri

PATH = "automl-reports"
_PARTS = 3
_HTML, _JSON = "text/html; charset=utf-8", "application/json"
_FILES = {
    "explainability.html": ("Explainability", "report.html", _HTML),
    "explainability.json": ("Explainability", "analysis.json", _JSON),
    "model-insights.json": ("ModelInsights", "statistics.json", _JSON),
}
"""The names of the downloads: the field of their location, the file there, its media type."""


def list_reports(record: Record) -> dict[str, str]:
    """Return the addresses of the reports that a job has so far, by the names of the downloads."""
    best = record.get("BestCandidate") or {}
    places = best.get("CandidateProperties", {}).get("CandidateArtifactLocations", {})
    return {
        name: f"{places[field]}/{file}"
        for name, (field, file, _) in _FILES.items()
        if field in places
    }


def _answer(
    backend: Backend, parts: Sequence[str], _query: Mapping[str, Sequence[str]]
) -> Download | None:
    """Return a report, None when there is none."""
    if len(parts) != _PARTS:
        return None
    region, job, name = parts
    address = list_reports(backend.records.get(AUTOML_JOB, region, job)).get(name)
    if address is None:
        return None
    try:
        text = _read(backend, region, parse_uri(address))
    except LocalError:  # somebody has deleted it
        return None
    return Download(f"{job}-{name}", _FILES[name][2], text)


def _read(backend: Backend, region: str, address: S3Uri) -> str:
    return backend.storage(region).read(address).decode("utf-8", errors="replace")


REPORT_VIEW = View(PATH, Path(__file__).parent, _answer)
