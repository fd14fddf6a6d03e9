#!/usr/bin/env python3
"""A program that keeps the contract of monitors: it reports what it was given.

With ground truth it merges: it copies the captures. Otherwise it reports its variables and files;
a capture that says so is a violation, or a failure.
"""

import json
import os
import shutil
import sys
from pathlib import Path

ROOT = os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml")


def locate(path: str) -> Path:
    return Path(path.replace("/opt/ml", ROOT, 1))


def main() -> int:
    variables = dict(os.environ)
    output = locate(variables["output_path"])
    source = locate(variables["dataset_source"])
    if "ground_truth_source" in variables:
        labels = list(locate(variables["ground_truth_source"]).rglob("*.jsonl"))
        if not labels:
            return 1
        shutil.copytree(source, output, dirs_exist_ok=True)
        (output / "labels.jsonl").write_text("".join(path.read_text() for path in labels))
        return 0
    files = {str(path.relative_to(source)): path.read_text() for path in source.rglob("*.jsonl")}
    scripts = {
        name: locate(variables[name]).read_text()
        for name in ("baseline_constraints", "baseline_statistics", "record_preprocessor_script")
        if name in variables
    }
    report = {"variables": variables, "files": files, "scripts": scripts}
    (output / "statistics.json").write_text(json.dumps(report))
    (output / "constraints.json").write_text('{"features": []}')
    (output / "constraint_violations.json").write_text('{"violations": []}')
    text = "".join(files.values())
    if "broken" in text:
        locate("/opt/ml/output/message").write_text("Error: the data is broken")
        return 1
    verdict = "Completed: Job completed successfully with no violations."
    if "shifted" in text:
        verdict = "CompletedWithViolations: Job completed successfully with 1 violations."
    locate("/opt/ml/output/message").write_text(verdict)
    if variables.get("publish_cloudwatch_metrics") == "Enabled" and "end_time" in variables:
        folder = locate("/opt/ml/output/metrics/cloudwatch")
        folder.mkdir(parents=True, exist_ok=True)
        metric: dict[str, object] = {
            "MetricName": "feature_baseline_drift_rooms",
            "Timestamp": variables["end_time"],
        }
        metric |= {"Value": 0.25, "Dimensions": [{"Name": "Endpoint", "Value": "houses"}]}
        (folder / "cloudwatch_metrics.jsonl").write_text(f"{json.dumps(metric)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
