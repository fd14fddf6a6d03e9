"""Log to a tracking server of SageMaker by its ARN, as a user's script does: mlflow_runs.py ARN."""

import json
import sys
from pathlib import Path

import mlflow
import numpy as np
from sklearn.linear_model import LinearRegression

mlflow.set_tracking_uri(sys.argv[1])
mlflow.set_experiment("prices")
Path("note.txt").write_text("of a run")
with mlflow.start_run() as run:
    mlflow.log_param("depth", 3)
    for step in range(5):
        mlflow.log_metric("rmse", 1 / (1 + step), step=step)
    mlflow.log_artifact("note.txt")
    model = LinearRegression().fit(np.eye(3), [1, 2, 3])
    mlflow.sklearn.log_model(model, name="model", registered_model_name="house prices")
history = mlflow.MlflowClient().get_metric_history(run.info.run_id, "rmse")
print(json.dumps({
    "run": run.info.run_id,
    "artifacts": run.info.artifact_uri,
    "parameters": mlflow.get_run(run.info.run_id).data.params,
    "history": [metric.value for metric in history],
}))  # fmt: skip
