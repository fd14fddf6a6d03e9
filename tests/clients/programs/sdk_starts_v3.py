"""Version 3 of the SageMaker Python SDK starts a container with a user's code.

    sdk_starts_v3.py ROLE IMAGE FOLDER BUCKET FILE

FOLDER has `train.py`. FILE gets the results as one JSON object.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from sagemaker.core.helper.session_helper import Session
from sagemaker.core.training.configs import (
    Compute,
    InputData,
    OutputDataConfig,
    SourceCode,
    StoppingCondition,
)
from sagemaker.train import ModelTrainer

role, image, folder, bucket, file = sys.argv[1:]
session = Session()


trainer = ModelTrainer(
    training_image=image,
    role=role,
    base_job_name="v3-starts",
    sagemaker_session=session,
    source_code=SourceCode(source_dir=folder, entry_script="train.py"),
    compute=Compute(instance_type="ml.m5.large", instance_count=1, volume_size_in_gb=5),
    stopping_condition=StoppingCondition(max_runtime_in_seconds=600),
    output_data_config=OutputDataConfig(s3_output_path=f"{bucket}/v3"),
    hyperparameters={"depth": 3},
    environment={"COLOUR": "red"},
)
trainer.train([InputData(channel_name="train", data_source=f"{bucket}/in")])
job = trainer._latest_training_job
results = {
    "script": job.model_artifacts.s3_model_artifacts,
    "entrypoint": job.algorithm_specification.container_entrypoint,
}
Path(file).write_text(json.dumps(results, indent=1), encoding="utf-8")
