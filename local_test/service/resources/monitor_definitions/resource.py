"""The resource types of monitors: definitions of jobs, and the errors of their operations.

Source: API, the errors of CreateDataQualityJobDefinition and of the operations beside it.
"""

from dataclasses import dataclass

from local_test.service.api.api_errors import ApiError, in_use
from local_test.service.api.resource_type import ResourceType


@dataclass(frozen=True)
class MonitorResource(ResourceType):
    """A type of resources of monitoring."""

    def not_found_error(self, region: str, name: str) -> ApiError:
        """Return the service's error for a name without a resource."""
        what = f"Could not find {self.label} {name}: {self.make_arn(region, name)}."
        return ApiError("ResourceNotFound", what)

    def name_taken_error(self, region: str, name: str) -> ApiError:
        """Return the service's error for a name that another resource has."""
        return in_use(f"{self.label} already exists: {self.make_arn(region, name)}.")


@dataclass(frozen=True)
class DefinitionFields:
    """The names of one type's fields in its definitions."""

    baseline: str
    program: str
    input: str
    output: str


@dataclass(frozen=True)
class DefinitionType:
    """One of the four types of monitors: the type of its definitions, and the names of its fields.

    `merges` says that captured predictions are merged with ground truth before they are analysed.
    """

    name: str
    resource: ResourceType
    fields: DefinitionFields
    merges: bool = False


def _make_resource(kind: str, path: str, label: str) -> ResourceType:
    return MonitorResource(
        f"{kind}JobDefinition",
        path,
        "JobDefinitionSummaries",
        label,
        find_key=lambda record: str(record["JobDefinitionName"]),
    )


DATA_QUALITY = DefinitionType(
    "DataQuality",
    _make_resource("DataQuality", "data-quality-job-definition", "Data quality job definition"),
    DefinitionFields(
        "DataQualityBaselineConfig",
        "DataQualityAppSpecification",
        "DataQualityJobInput",
        "DataQualityJobOutputConfig",
    ),
)
MODEL_QUALITY = DefinitionType(
    "ModelQuality",
    _make_resource("ModelQuality", "model-quality-job-definition", "Model quality job definition"),
    DefinitionFields(
        "ModelQualityBaselineConfig",
        "ModelQualityAppSpecification",
        "ModelQualityJobInput",
        "ModelQualityJobOutputConfig",
    ),
    merges=True,
)
MODEL_BIAS = DefinitionType(
    "ModelBias",
    _make_resource("ModelBias", "model-bias-job-definition", "Model bias job definition"),
    DefinitionFields(
        "ModelBiasBaselineConfig",
        "ModelBiasAppSpecification",
        "ModelBiasJobInput",
        "ModelBiasJobOutputConfig",
    ),
    merges=True,
)
MODEL_EXPLAINABILITY = DefinitionType(
    "ModelExplainability",
    _make_resource(
        "ModelExplainability",
        "model-explainability-job-definition",
        "Model explainability job definition",
    ),
    DefinitionFields(
        "ModelExplainabilityBaselineConfig",
        "ModelExplainabilityAppSpecification",
        "ModelExplainabilityJobInput",
        "ModelExplainabilityJobOutputConfig",
    ),
)
TYPES = {one.name: one for one in (DATA_QUALITY, MODEL_QUALITY, MODEL_BIAS, MODEL_EXPLAINABILITY)}

MONITORING_SCHEDULE = MonitorResource(
    "MonitoringSchedule",
    "monitoring-schedule",
    "MonitoringScheduleSummaries",
    "monitoring schedule",
    shown=True,
)
