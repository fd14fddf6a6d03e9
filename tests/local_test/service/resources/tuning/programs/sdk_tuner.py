"""HyperparameterTuner of version 2 of the SageMaker Python SDK, in every form it has.

    sdk_tuner.py ROLE IMAGE BUCKET FILE XGBOOST

IMAGE logs `loss=` the square of x - 3. FILE gets what came of each story as one JSON object.
XGBOOST is an image that declares the ranges of its hyperparameters.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from sagemaker import Session
from sagemaker.estimator import Estimator
from sagemaker.tuner import (
    ContinuousParameter,
    HyperbandStrategyConfig,
    HyperparameterTuner,
    StrategyConfig,
    TuningJobCompletionCriteriaConfig,
)

role, image, bucket, file, xgboost = sys.argv[1:]
session, data = Session(), {"train": f"{bucket}/in"}
LOSS = [{"Name": "loss", "Regex": r"loss=(\S+)"}]
WIDE, NARROW = {"x": ContinuousParameter(-10, 10)}, {"x": ContinuousParameter(2, 4)}
LIMITS: dict[str, Any] = {"objective_type": "Minimize", "max_jobs": 2, "max_parallel_jobs": 2}


def estimator(**hyperparameters: str) -> Estimator:
    made = Estimator(image, role, 1, "ml.m5.large", sagemaker_session=session, max_run=60)
    made.set_hyperparameters(act="score", **hyperparameters)
    return made


def tuner(name: str, **more: Any) -> HyperparameterTuner:
    options: dict[str, Any] = LIMITS | {"metric_definitions": LOSS} | more
    trained = options.pop("estimator", None) or estimator()
    return HyperparameterTuner(trained, "loss", WIDE, base_tuning_job_name=name, **options)


def attach(tuned: HyperparameterTuner) -> HyperparameterTuner:
    return HyperparameterTuner.attach(tuned.latest_tuning_job.name, sagemaker_session=session)


def warm_start() -> dict[str, Any]:
    """Attach to a tuning job that ended, and start two others that learn from it."""
    parent = tuner("parent", random_seed=7, tags=[{"Key": "team", "Value": "a"}])
    parent.fit(data)
    attached = attach(parent)
    told = {"seed": attached.random_seed, "kind": attached.estimator.instance_type}
    for child in (
        attached.identical_dataset_and_algorithm_tuner(),
        attached.transfer_learning_tuner(estimator=estimator(kind="other")),
    ):
        child.metric_definitions = LOSS  # which the SDK does not pass on
        child.fit(data, job_name=f"child-{child.warm_start_config.type.value[:8]}".lower())
        described = child.describe()
        told[described["WarmStartConfig"]["WarmStartType"]] = [
            described["WarmStartConfig"]["ParentHyperParameterTuningJobs"],
            described.get("OverallBestTrainingJob", {}).get("TrainingJobName"),
        ]
    tags = session.sagemaker_client.list_tags
    arns = [one["TrainingJobArn"] for one in parent.analytics().training_job_summaries()]
    values = parent.analytics().dataframe()["FinalObjectiveValue"]
    return told | {
        "parent": parent.latest_tuning_job.name,
        "tags": [tags(ResourceArn=arn)["Tags"] for arn in arns],
        "best": parent.best_training_job(),
        "least": float(values.min()),
        "x": parent.best_estimator().hyperparameters()["x"],
    }


def several() -> dict[str, Any]:
    """Tune two estimators at once, attach, and warm start the tuner of one in a dictionary."""
    two = HyperparameterTuner.create(
        estimator_dict={"wide": estimator(), "narrow": estimator(kind="b")},
        objective_metric_name_dict={"wide": "loss", "narrow": "loss"},
        hyperparameter_ranges_dict={"wide": WIDE, "narrow": NARROW},
        metric_definitions_dict={"wide": LOSS, "narrow": LOSS},
        base_tuning_job_name="several",
        **LIMITS,
    )
    two.fit({"wide": data, "narrow": data}, include_cls_metadata={})
    one = HyperparameterTuner.create(
        estimator_dict={"narrow": estimator()},
        objective_metric_name_dict={"narrow": "loss"},
        hyperparameter_ranges_dict={"narrow": NARROW},
        metric_definitions_dict={"narrow": LOSS},
        base_tuning_job_name="single",
        **LIMITS,
    )
    one.fit({"narrow": data}, include_cls_metadata={})
    child = one.transfer_learning_tuner()
    child.fit({"narrow": data}, job_name="child-of-single", include_cls_metadata={})
    tried = two.analytics().dataframe()
    return {
        "names": sorted(tried["TrainingJobDefinitionName"]),
        "ranges": two.analytics().tuning_ranges["narrow"]["x"]["MaxValue"],
        "attached": sorted(attach(two).estimator_dict),
        "kind": two.best_estimator().hyperparameters().get("kind"),
        "child": child.describe()["WarmStartConfig"]["WarmStartType"],
    }


def strategies() -> dict[str, Any]:
    """Hyperband with its resources, and completion criteria that end a search at its target."""
    resources = StrategyConfig(HyperbandStrategyConfig(max_resource=2, min_resource=1))
    hyperband = tuner("hyperband", strategy="Hyperband", strategy_config=resources)
    hyperband.fit(data)
    goal = TuningJobCompletionCriteriaConfig(
        max_number_of_training_jobs_not_improving=5,
        complete_on_convergence=True,
        target_objective_metric_value=1000.0,
    )
    limits = {"max_jobs": 9, "max_parallel_jobs": 1, "max_runtime_in_seconds": 900}
    aimed = tuner("aimed", completion_criteria_config=goal, **limits)
    aimed.fit(data)
    attached = attach(aimed)
    return {
        "resources": hyperband.describe()["HyperParameterTuningJobConfig"]["StrategyConfig"],
        "jobs": len(aimed.analytics().dataframe()),
        "criteria": vars(attached.completion_criteria_config) == vars(goal),
        "seconds": attached.max_runtime_in_seconds,
    }


def autotune() -> dict[str, Any]:
    """Search near a hint in the range that the image declares, and a range of our own near 1."""
    booster = Estimator(xgboost, role, 1, "ml.m5.large", sagemaker_session=session, max_run=60)
    booster.set_hyperparameters(num_round="1", max_depth="4")
    tuned = HyperparameterTuner(
        booster,
        "rmse",
        {"subsample": ContinuousParameter(0.5, 0.99, scaling_type="ReverseLogarithmic")},
        [{"Name": "rmse", "Regex": r"train-rmse:(\S+)"}],
        base_tuning_job_name="autotune",
        autotune=True,
        hyperparameters_to_keep_static=["num_round"],
        **LIMITS,
    )
    tuned.fit({"train": f"{bucket}/table"})
    described, tried = tuned.describe(), tuned.analytics().dataframe()
    return {
        "mode": described["Autotune"]["Mode"],
        "scale": described["HyperParameterTuningJobConfig"]["ParameterRanges"][
            "ContinuousParameterRanges"
        ][0]["ScalingType"],
        "tried": [dict(one) for one in tried[["max_depth", "subsample"]].to_dict("records")],
    }


def stop() -> dict[str, Any]:
    """Stop a search whose jobs would not end by themselves."""
    endless = tuner("endless", estimator=estimator(patience="-1"))
    endless.fit(data, wait=False)
    endless.stop_tuning_job()
    endless.wait()
    return {"status": endless.describe()["HyperParameterTuningJobStatus"]}


told = {story.__name__: story() for story in (warm_start, several, strategies, autotune, stop)}
Path(file).write_text(json.dumps(told, indent=1), encoding="utf-8")
