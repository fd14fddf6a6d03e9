"""The shapes of a step's arguments and of its properties, after the API's own model.

Source: the SDK, `sagemaker.workflow`: the shapes of each step's `Properties`.
"""

from collections.abc import Mapping
from functools import cache

from botocore.model import Shape  # type: ignore[import-untyped]

from local_test.service.api.service_model import ServiceModel

_OPERATIONS: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "Training": ("CreateTrainingJob", "TrainingJobName", ("DescribeTrainingJob",)),
    "Processing": ("CreateProcessingJob", "ProcessingJobName", ("DescribeProcessingJob",)),
    "Transform": ("CreateTransformJob", "TransformJobName", ("DescribeTransformJob",)),
    "AutoML": ("CreateAutoMLJob", "AutoMLJobName", ("DescribeAutoMLJob",)),
    "Tuning": (
        "CreateHyperParameterTuningJob",
        "HyperParameterTuningJobName",
        ("DescribeHyperParameterTuningJob", "ListTrainingJobsForHyperParameterTuningJob"),
    ),
    "EndpointConfig": (
        "CreateEndpointConfig",
        "EndpointConfigName",
        ("DescribeEndpointConfig",),
    ),
    "Endpoint": ("CreateEndpoint", "EndpointName", ("DescribeEndpoint",)),
    "InferenceComponent": (
        "CreateInferenceComponent",
        "InferenceComponentName",
        ("DescribeInferenceComponent",),
    ),
    "Model": ("CreateModel", "ModelName", ("DescribeModel",)),
    "RegisterModel": ("CreateModelPackage", "", ("DescribeModelPackage",)),
    "QualityCheck": ("CreateProcessingJob", "ProcessingJobName", ()),
    "ClarifyCheck": ("CreateProcessingJob", "ProcessingJobName", ()),
}
"""The operation that a step's arguments are for, the field that the pipeline fills, and the
operations whose answers are its properties, by type of step. A check has those of its metadata."""


@cache
def _load_model() -> ServiceModel:
    return ServiceModel()


def find_argument_shape(kind: str) -> Shape | None:
    """Return the shape of the arguments of a type of step, None if they are free."""
    if kind not in _OPERATIONS:
        return None
    return _load_model().get_operation(_OPERATIONS[kind][0]).input_shape


def list_given_fields(kind: str) -> frozenset[str]:
    """Return the required fields that the pipeline gives and a definition need not have."""
    return frozenset({_OPERATIONS[kind][1]})


def list_property_shapes(kind: str) -> list[Shape] | None:
    """Return the shapes of the properties of a type of step, None if its properties are free."""
    if kind not in _OPERATIONS:
        return None
    model = _load_model()
    if not _OPERATIONS[kind][2]:
        steps = model.get_operation("ListPipelineExecutionSteps").output_shape.members
        return [steps["PipelineExecutionSteps"].member.members["Metadata"].members[kind]]
    return [model.get_operation(name).output_shape for name in _OPERATIONS[kind][2]]
