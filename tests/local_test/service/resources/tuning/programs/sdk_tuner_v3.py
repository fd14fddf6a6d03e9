"""HyperparameterTuner of version 3 of the SageMaker Python SDK.

    sdk_tuner_v3.py ROLE IMAGE BUCKET FILE XGBOOST

IMAGE logs `loss=` the square of x - 3. FILE gets what came of it as one JSON object. XGBOOST is an
image that declares the ranges of its hyperparameters. Warm start and several trainers are left out:
they fail in the SDK before a request is sent.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from sagemaker.core.helper.session_helper import Session
from sagemaker.core.parameter import CategoricalParameter, ContinuousParameter
from sagemaker.core.shapes import (
    BestObjectiveNotImproving,
    HyperbandStrategyConfig,
    HyperParameterTuningJobStrategyConfig,
    TuningJobCompletionCriteria,
)
from sagemaker.core.training.configs import Compute, InputData, OutputDataConfig, StoppingCondition
from sagemaker.train import ModelTrainer
from sagemaker.train.tuner import HyperparameterTuner

role, image, bucket, file, xgboost = sys.argv[1:]
session, data = Session(), [InputData(channel_name="train", data_source=f"{bucket}/in")]


def train(image: str, **hyperparameters: str) -> ModelTrainer:
    return ModelTrainer(
        training_image=image,
        role=role,
        sagemaker_session=session,
        compute=Compute(instance_type="ml.m5.large", instance_count=1, volume_size_in_gb=5),
        stopping_condition=StoppingCondition(max_runtime_in_seconds=60),
        output_data_config=OutputDataConfig(s3_output_path=f"{bucket}/out"),
        hyperparameters=hyperparameters,
    )


def tuner(name: str, act: dict[str, str], **more: Any) -> HyperparameterTuner:
    return HyperparameterTuner(
        train(image, act="score", **act),
        "loss",
        {"x": more.pop("x", ContinuousParameter(-10, 10))},
        [{"Name": "loss", "Regex": r"loss=(\S+)"}],
        objective_type="Minimize",
        base_tuning_job_name=name,
        **{"max_jobs": 2, "max_parallel_jobs": 2} | more,
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
stalled = tuner(
    "v3-stalled",
    {},
    x=CategoricalParameter(["3", *"98765421"]),
    strategy="Grid",
    max_jobs=9,
    max_parallel_jobs=1,
    completion_criteria_config=TuningJobCompletionCriteria(
        best_objective_not_improving=BestObjectiveNotImproving(
            max_number_of_training_jobs_not_improving=3
        )
    ),
)
stalled.tune(data)
declared = HyperparameterTuner(
    train(xgboost, num_round="1"),
    "rmse",
    {"subsample": ContinuousParameter(0.5, 0.99, scaling_type="ReverseLogarithmic")},
    [{"Name": "rmse", "Regex": r"train-rmse:(\S+)"}],
    objective_type="Minimize",
    max_jobs=1,
    base_tuning_job_name="v3-declared",
    autotune=True,
    hyperparameters_to_keep_static=["num_round"],
)
declared.tune([InputData(channel_name="train", data_source=f"{bucket}/table")])
endless = tuner("v3-endless", {"patience": "-1"})
endless.tune(data, wait=False)
endless.stop_tuning_job()
endless.wait()
autotuned = declared.describe()
ranges = autotuned.hyper_parameter_tuning_job_config.parameter_ranges
described, tried = tuned.describe(), tuned.analytics().dataframe()
told = {
    "status": described.hyper_parameter_tuning_job_status,
    "strategy": described.hyper_parameter_tuning_job_config.strategy,
    "best": tuned.best_training_job(),
    "names": tried["TrainingJobName"].tolist(),
    "values": tried["FinalObjectiveValue"].tolist(),
    "stalled": len(stalled.analytics().dataframe()),
    "autotune": [
        autotuned.hyper_parameter_tuning_job_status,
        autotuned.autotune.mode,
        ranges.continuous_parameter_ranges[0].scaling_type,
    ],
    "endless": endless.describe().hyper_parameter_tuning_job_status,
}
Path(file).write_text(json.dumps(told, indent=1), encoding="utf-8")
