"""Runs of experiments with version 2 of the SageMaker Python SDK, as its users log them.

    sdk_experiments.py ROLE IMAGE DATA FILE

Logs a run outside of jobs, loads it again, and trains a job within a run; FILE gets what the SDK
reads back as one JSON object.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from sagemaker import Session
from sagemaker.analytics import ExperimentAnalytics
from sagemaker.estimator import Estimator
from sagemaker.experiments import Run, list_runs, load_run
from sagemaker.inputs import TrainingInput

role, image, data, file = sys.argv[1:]
session, experiment = Session(), "sdk-runs"
note = Path("note.txt")
note.write_text("a note", encoding="utf-8")

with Run(experiment_name=experiment, run_name="first", sagemaker_session=session) as run:
    run.log_parameter("depth", 3)
    run.log_parameters({"kind": "tree", "eta": 0.3})
    for step in range(25):
        run.log_metric("loss", 1 / (1 + step), step=step)
    run.log_file(str(note), name="note")
    run.log_artifact("data", data, is_output=False)
with load_run(experiment_name=experiment, run_name="first", sagemaker_session=session) as run:
    run.log_metric("f1", 0.5)
with Run(experiment_name=experiment, run_name="second", sagemaker_session=session) as run:
    estimator = Estimator(
        image, role, 1, "ml.m5.large", sagemaker_session=session, output_path=f"{data}/out"
    )
    estimator.set_hyperparameters(num_round=3)
    inputs = {"train": TrainingInput(f"{data}/in", content_type="text/csv")}
    estimator.fit(inputs, job_name="sdk-run-job", logs=False)
client = session.sagemaker_client
# What a job's program finds: the SDK takes the run from the job's ExperimentConfig.
job = client.describe_training_job(TrainingJobName="sdk-run-job")
os.environ["TRAINING_JOB_ARN"] = job["TrainingJobArn"]
with load_run(sagemaker_session=session) as run:
    run.log_metric("inside", 2.0)
second = client.describe_trial_component(TrialComponentName=f"{experiment}-second")
first = client.describe_trial_component(TrialComponentName=f"{experiment}-first")
frame = ExperimentAnalytics(experiment_name=experiment, sagemaker_session=session).dataframe()
story = {
    "runs": sorted(
        run.run_name for run in list_runs(experiment_name=experiment, sagemaker_session=session)
    ),
    "status": first["Status"]["PrimaryStatus"],
    "parameters": first["Parameters"],
    "metrics": {one["MetricName"]: [one["Count"], one["Last"]] for one in first["Metrics"]},
    "inputs": first["InputArtifacts"],
    "outputs": sorted(first["OutputArtifacts"]),
    "frame": {
        row["TrialComponentName"]: [row["loss - Last"], row["Trials"]]
        for row in json.loads(frame.to_json(orient="records"))
    },
    "job": job["ExperimentConfig"],
    "inside": [one["MetricName"] for one in second["Metrics"]],
}
Path(file).write_text(json.dumps(story), encoding="utf-8")
