"""HyperparameterTuner of version 3 of the SageMaker Python SDK.

    sdk_tuner_v3.py ROLE IMAGE BUCKET FILE

IMAGE logs `loss=` the square of x - 3. FILE gets what came of it as one JSON object. Warm start and
several trainers are left out: they fail in the SDK before a request is sent.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from sagemaker.core.helper.session_helper import Session
from sagemaker.core.parameter import ContinuousParameter
from sagemaker.core.shapes import (
    HyperbandStrategyConfig,
    HyperParameterTuningJobStrategyConfig,
    TuningJobCompletionCriteria,
)
from sagemaker.core.training.configs import Compute, InputData, OutputDataConfig, StoppingCondition
from sagemaker.train import ModelTrainer
from sagemaker.train.tuner import HyperparameterTuner

role, image, bucket, file = sys.argv[1:]
session, data = Session(), [InputData(channel_name="train", data_source=f"{bucket}/in")]


def tuner(name: str, act: dict[str, str], **more: Any) -> HyperparameterTuner:
    trainer = ModelTrainer(
        training_image=image,
        role=role,
        sagemaker_session=session,
        compute=Compute(instance_type="ml.m5.large", instance_count=1, volume_size_in_gb=5),
        stopping_condition=StoppingCondition(max_runtime_in_seconds=60),
        output_data_config=OutputDataConfig(s3_output_path=f"{bucket}/out"),
        hyperparameters={"act": "score"} | act,
    )
    return HyperparameterTuner(
        trainer,
        "loss",
        {"x": ContinuousParameter(-10, 10)},
        [{"Name": "loss", "Regex": r"loss=(\S+)"}],
        objective_type="Minimize",
        max_jobs=2,
        max_parallel_jobs=2,
        base_tuning_job_name=name,
        **more,
    )


tuned = tuner(
    "v3-tuned",
    {},
    strategy="Hyperband",
    strategy_config=HyperParameterTuningJobStrategyConfig(
        hyperband_strategy_config=HyperbandStrategyConfig(max_resource=2, min_resource=1)
    ),
    completion_criteria_config=TuningJobCompletionCriteria(target_objective_metric_value=1e-9),
    random_seed=7,
)
tuned.tune(data)
endless = tuner("v3-endless", {"patience": "-1"})
endless.tune(data, wait=False)
endless.stop_tuning_job()
endless.wait()
described, tried = tuned.describe(), tuned.analytics().dataframe()
told = {
    "status": described.hyper_parameter_tuning_job_status,
    "strategy": described.hyper_parameter_tuning_job_config.strategy,
    "best": tuned.best_training_job(),
    "names": tried["TrainingJobName"].tolist(),
    "values": tried["FinalObjectiveValue"].tolist(),
    "endless": endless.describe().hyper_parameter_tuning_job_status,
}
Path(file).write_text(json.dumps(told, indent=1), encoding="utf-8")
