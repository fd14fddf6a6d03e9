"""Run an AutoML job: the search of the command `automl`, whose jobs are the service's."""

import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_test.automl.candidates import SearchCandidate, rank
from local_test.automl.data.tabular_file import join_files, read_file
from local_test.automl.job_runner import make_stages
from local_test.automl.outcome import BEST, Winner, finish_search
from local_test.automl.plan import SearchPlan, make_plan
from local_test.automl.report.notebooks import write_notebooks
from local_test.automl.report.page import write_report
from local_test.automl.search import CandidateSearch
from local_test.errors import LocalError
from local_test.jobs.artifacts import MODEL
from local_test.service.api.api_errors import ApiError, failure_reason
from local_test.service.api.resource_type import now
from local_test.service.backend import Backend
from local_test.service.resources.automl_jobs.candidate_records import (
    describe_candidate,
    describe_step,
    make_containers,
    make_metrics,
)
from local_test.service.resources.automl_jobs.job_request import (
    averages_models,
    read_budget,
    read_options,
    read_seconds,
)
from local_test.service.resources.automl_jobs.reports.report_jobs import ReportJobs
from local_test.service.resources.automl_jobs.reports.report_run import REPORT_KINDS, run_report
from local_test.service.resources.automl_jobs.resource import AUTOML_JOB, SECONDARY
from local_test.service.resources.automl_jobs.service_runner import ServiceRunner
from local_test.service.resources.processing.resource import PROCESSING_JOB
from local_test.service.storage.records import Record
from local_test.service.storage.s3 import parse_uri
from local_test.service.storage.s3_input import download_input
from local_test.workspace import open_workspace

_STATUS = AUTOML_JOB.status_field


@dataclass(frozen=True)
class AutoMLRun:
    """The run of one AutoML job; the job's record has its current status."""

    backend: Backend
    region: str
    name: str

    def run(self, stop: threading.Event) -> None:
        """Run the job until it ends or `stop` is set; errors go into its record."""
        try:
            with open_workspace() as folder:
                self._search(folder, stop)
        except (LocalError, ApiError, OSError) as error:
            status = "Stopped" if stop.is_set() else "Failed"
            reason = {} if stop.is_set() else {"FailureReason": failure_reason(error)}
            self._enter(status, **{_STATUS: status}, EndTime=now(), **reason)

    def _search(self, folder: Path, stop: threading.Event) -> None:
        record = self._get_record()
        deadline = time.monotonic() + read_seconds(record)
        budget, job_seconds = read_budget(record)
        base = parse_uri(record["OutputDataConfig"]["S3OutputPath"]).join(self.name)
        arn = record[AUTOML_JOB.arn_field]
        runner = ServiceRunner(self.backend, self.region, record["RoleArn"], base, job_seconds, arn)
        self._enter("AnalyzingData")
        plan = self._make_plan(record, folder, budget.seconds)
        exploration, definitions = (
            runner.locate(path, "notebooks") for path in write_notebooks(plan, folder)
        )
        artifacts = {
            "DataExplorationNotebookLocation": exploration,
            "CandidateDefinitionNotebookLocation": definitions,
        }
        attributes = resolve_attributes(record, plan)
        self._enter(
            "FeatureEngineering", ResolvedAttributes=attributes, AutoMLJobArtifacts=artifacts
        )
        search = CandidateSearch(plan, budget, runner, folder, self.name)

        def listen(candidate: SearchCandidate) -> None:
            self._add_candidate(candidate, search, runner)

        search.run(stop, listen)
        if rank(search.candidates, plan.objective) or not stop.is_set():
            winner = finish_search(search, runner, folder, average=averages_models(record))
            self._publish(search, winner, runner, folder)
            self._report(ReportJobs(runner, plan, winner, folder), deadline, stop)
        if stop.is_set():
            self._enter("Stopped", **{_STATUS: "Stopped"}, EndTime=now())
            return
        full = len(search.candidates) >= budget.candidates
        secondary = "MaxCandidatesReached" if full else "MaxAutoMLJobRuntimeReached"
        self._enter(secondary, **{_STATUS: "Completed"}, EndTime=now())

    def _make_plan(self, record: Record, folder: Path, seconds: float) -> SearchPlan:
        files = []
        for number, channel in enumerate(record["AutoMLJobInputDataConfig"]):
            source = channel["DataSource"]["S3DataSource"]
            unzip = channel.get("CompressionType") == "Gzip"
            target = folder / "input" / str(number)
            storage = self.backend.storage(self.region)
            limit = self.backend.max_model_size
            download_input(storage, source, target, unzip=unzip, limit=limit)
            files += sorted(path for path in target.rglob("*") if path.is_file())
        data = join_files([read_file(path) for path in files])
        return make_plan(data, read_options(record), folder, seconds)

    def _add_candidate(
        self, candidate: SearchCandidate, search: CandidateSearch, runner: ServiceRunner
    ) -> None:
        plan = search.plan
        described = describe_candidate(candidate, plan, runner, self.name)
        if candidate.score is not None:
            recipe = plan.find_recipe(candidate.recipe)
            transform = search.jobs.features.locate_transform(recipe)
            stages = make_stages(transform, search.locate(candidate) / MODEL, inverse=True)
            described["InferenceContainers"] = make_containers(
                stages, runner, has_classes=plan.problem.has_classes
            )
        with self.backend.records.lock():
            candidates = [*self._get_record().get("Candidates", ()), described]
            changes: dict[str, Any] = {"Candidates": candidates}
            if candidate.score is not None:
                best = rank(search.candidates, plan.objective)[0]
                listed = {one["CandidateName"]: one for one in candidates}
                if best.name in listed:
                    changes["BestCandidate"] = listed[best.name]
            self._enter("ModelTuning", **changes)

    def _publish(
        self, search: CandidateSearch, winner: Winner, runner: ServiceRunner, folder: Path
    ) -> None:
        """Record the best candidate with its held-out metrics, and upload the report."""
        plan = search.plan
        listed = {one["CandidateName"]: one for one in self._get_record()["Candidates"]}
        best = dict(listed[winner.candidate.name])
        metrics = best["CandidateProperties"]["CandidateMetrics"]
        metrics = [*metrics, *make_metrics(winner.held_out_metrics, "Test")]
        best["CandidateProperties"] = {"CandidateMetrics": metrics}
        if winner.is_ensemble:
            stages = make_stages(
                folder / BEST / "transform", folder / BEST / "model" / MODEL, inverse=True
            )
            best["InferenceContainers"][1] = make_containers(
                stages[1:2], runner, has_classes=False
            )[0]
        write_report(plan, search, winner, folder / "report.html")
        runner.locate(folder / "report.html", "report")
        self._replace_best(best)

    def _report(self, jobs: ReportJobs, deadline: float, stop: threading.Event) -> None:
        """Let the analyzer report on the best candidate; what fails is a partial failure."""
        locations: dict[str, str] = {}
        failures: list[Record] = []
        for kind in REPORT_KINDS:
            if stop.is_set():
                return
            self._enter(kind.status)
            report = run_report(kind, jobs, deadline, stop)
            if report.failure:
                failures.append({"PartialFailureMessage": report.failure})
                self._enter(kind.status, PartialFailureReasons=list(failures))
                continue
            locations[kind.field] = report.location
            best = dict(self._get_record()["BestCandidate"])
            best["CandidateProperties"] = {
                **best["CandidateProperties"],
                "CandidateArtifactLocations": dict(locations),
            }
            step = describe_step(PROCESSING_JOB, self.region, report.job)
            best["CandidateSteps"] = [*best["CandidateSteps"], step]
            self._replace_best(best)

    def _replace_best(self, best: Record) -> None:
        """Record a description of the best candidate, also in the list of candidates."""
        with self.backend.records.lock():
            record = self._get_record()
            candidates = [
                best if one["CandidateName"] == best["CandidateName"] else one
                for one in record["Candidates"]
            ]
            self._enter(record[SECONDARY], BestCandidate=best, Candidates=candidates)

    def _get_record(self) -> Record:
        return self.backend.records.get(AUTOML_JOB, self.region, self.name)

    def _enter(self, secondary: str, **changes: Any) -> None:
        with self.backend.records.lock():
            if self._get_record()[_STATUS] == "Stopping" and _STATUS not in changes:
                secondary = "Stopping"
            changes |= {SECONDARY: secondary, "LastModifiedTime": now()}
            self.backend.records.update(AUTOML_JOB, self.region, self.name, **changes)


def resolve_attributes(record: Record, plan: SearchPlan) -> Record:
    """Return what the job decided where the request left it open, in the form of both versions."""
    tabular = record["AutoMLProblemTypeConfig"]["TabularJobConfig"]
    budget, seconds = read_budget(record)
    criteria = {
        "MaxCandidates": budget.candidates,
        "MaxRuntimePerTrainingJobInSeconds": seconds,
    } | tabular.get("CompletionCriteria", {})
    return {
        "AutoMLJobObjective": {"MetricName": plan.objective.name},
        "ProblemType": str(plan.problem),
        "CompletionCriteria": criteria,
        "AutoMLProblemTypeResolvedAttributes": {
            "TabularResolvedAttributes": {"ProblemType": str(plan.problem)}
        },
    }
