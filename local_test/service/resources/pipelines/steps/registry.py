"""The registry of the kinds of steps, by their type in a pipeline definition."""

from collections.abc import Mapping

from local_test.service.resources.pipelines.steps.callback import CALLBACK_STEP
from local_test.service.resources.pipelines.steps.condition import CONDITION
from local_test.service.resources.pipelines.steps.drift_checks.check import (
    CLARIFY_CHECK,
    QUALITY_CHECK,
)
from local_test.service.resources.pipelines.steps.fail import FAIL
from local_test.service.resources.pipelines.steps.hosting import (
    ENDPOINT,
    ENDPOINT_CONFIG,
    INFERENCE_COMPONENT,
)
from local_test.service.resources.pipelines.steps.job_step import (
    AUTOML,
    PROCESSING,
    TRAINING,
    TRANSFORM,
    TUNING,
)
from local_test.service.resources.pipelines.steps.lambda_function import LAMBDA
from local_test.service.resources.pipelines.steps.lineage import LINEAGE
from local_test.service.resources.pipelines.steps.model import MODEL, REGISTER_MODEL
from local_test.service.resources.pipelines.steps.step_kind import StepKind

KINDS: Mapping[str, StepKind] = {
    "AutoML": AUTOML,
    "Callback": CALLBACK_STEP,
    "ClarifyCheck": CLARIFY_CHECK,
    "Condition": CONDITION,
    "Endpoint": ENDPOINT,
    "EndpointConfig": ENDPOINT_CONFIG,
    "Fail": FAIL,
    "InferenceComponent": INFERENCE_COMPONENT,
    "Lambda": LAMBDA,
    "Lineage": LINEAGE,
    "Model": MODEL,
    "Processing": PROCESSING,
    "QualityCheck": QUALITY_CHECK,
    "RegisterModel": REGISTER_MODEL,
    "Training": TRAINING,
    "Transform": TRANSFORM,
    "Tuning": TUNING,
}

_UNPUBLISHED = "neither the SDK nor the published schema has the form of its arguments"
REFUSED: Mapping[str, str] = {
    "EMR": "no cluster is emulated; run the program in a Processing step",
    "EMRServerless": "no cluster is emulated; run the program in a Processing step",
    "Job": "jobs of agents are not emulated",
    **dict.fromkeys(
        (
            *("BedrockCustomModel", "BedrockCustomModelDeployment", "BedrockModelImport"),
            "BedrockProvisionedModelThroughput",
        ),
        "Amazon Bedrock is not emulated",
    ),
    "Athena": f"{_UNPUBLISHED}; run the query in a Lambda step",
    "Cleanup": _UNPUBLISHED,
    "ForEach": f"{_UNPUBLISHED}; write a step for each item",
    "HubContent": _UNPUBLISHED,
}
"""The types of steps that the service has and that are not run here, with the reasons.

Source: the API, `PipelineExecutionStepMetadata`; the SDK 3, `StepTypeEnum`.
"""
