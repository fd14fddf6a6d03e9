"""The two reports of the best candidate, and the processing jobs that write them.

The folders are those of the service: `documentation/explainability/output/CANDIDATE` and
`documentation/model_monitor/output/CANDIDATE` below the job's output.
"""

import json
import threading
from dataclasses import dataclass
from pathlib import Path

from local_test.automl.data.problem import ProblemType
from local_test.automl.job_runner import make_stages
from local_test.automl.outcome import Winner
from local_test.automl.plan import SearchPlan
from local_test.jobs.artifacts import MODEL
from local_test.service.resources.automl_jobs.reports.analyzed_data import (
    LABEL,
    PREDICTION,
    PROBABILITY,
    make_analysis_config,
    write_explained_rows,
    write_predictions,
)
from local_test.service.resources.automl_jobs.service_runner import ProcessRequest, ServiceRunner
from local_test.service.storage.s3 import S3Uri

EXPLAIN, MEASURE = "explain", "insights"
_ANALYZER = "analyzer"
_INPUT, _OUTPUT = "/opt/ml/processing/input", "/opt/ml/processing/output"


@dataclass(frozen=True)
class ReportJobs:
    """The jobs about one winner; files that are sent are made below `folder`."""

    runner: ServiceRunner
    plan: SearchPlan
    winner: Winner
    folder: Path

    def explain(self, seconds: int, stop: threading.Event) -> S3Uri:
        """Explain the winner's predictions by Clarify's contract.

        The model of the job's endpoint answers numbers or probabilities, and is deleted at the end.
        Returns where the report is. Raises JobError when the job does not end as Completed.
        """
        name = self.name_job(EXPLAIN)
        space, place = self._open("explainability")
        rows = space / f"rows{self.plan.data.suffix}"
        write_explained_rows(self.plan, rows)
        config = space / "analysis_config.json"
        content = make_analysis_config(self.plan, self.winner, name)
        config.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        stages = make_stages(
            self.winner.folder / "transform",
            self.winner.folder / "model" / MODEL,
            inverse=not self.plan.problem.has_classes,
        )
        sent = f"documentation/explainability/input/{self.winner.candidate.name}"
        request = ProcessRequest(
            name,
            _ANALYZER,
            {
                "dataset": (self.runner.locate(rows, sent), f"{_INPUT}/data"),
                "analysis_config": (self.runner.locate(config, sent), f"{_INPUT}/config"),
            },
            ("analysis_result", str(place), _OUTPUT),
            {},
            seconds,
        )
        with self.runner.keep_model(name, stages):
            self.runner.process(request, stop)
        return place

    def measure(self, seconds: int, stop: threading.Event) -> S3Uri:
        """Measure the quality of the winner's held-out predictions by Model Monitor's contract.

        Returns where the report is. Raises JobError when the job does not end as Completed.
        """
        space, place = self._open("model_monitor")
        rows = space / "predictions.csv"
        write_predictions(self.plan, self.winner, rows)
        sent = f"documentation/model_monitor/input/{self.winner.candidate.name}"
        variables = {
            "analysis_type": "MODEL_QUALITY",
            "problem_type": str(self.plan.problem),
            "dataset_format": json.dumps({"csv": {"header": True}}),
            "dataset_source": f"{_INPUT}/data",
            "output_path": _OUTPUT,
            "publish_cloudwatch_metrics": "Disabled",
            "ground_truth_attribute": LABEL,
            "inference_attribute": PREDICTION,
        }
        if self.plan.problem is ProblemType.BINARY:
            variables["probability_attribute"] = PROBABILITY
        request = ProcessRequest(
            self.name_job(MEASURE),
            _ANALYZER,
            {"data": (self.runner.locate(rows, sent), f"{_INPUT}/data")},
            ("report", str(place), _OUTPUT),
            variables,
            seconds,
        )
        self.runner.process(request, stop)
        return place

    def name_job(self, kind: str) -> str:
        """Return the name of the job that writes a kind of report."""
        return f"{self.winner.candidate.name}-{kind}"

    def _open(self, kind: str) -> tuple[Path, S3Uri]:
        """Return a new folder for the files of a job, and where its report goes."""
        space = self.folder / "reports" / kind
        space.mkdir(parents=True)
        place = ("documentation", kind, "output", self.winner.candidate.name)
        return space, self.runner.base.join(*place)
