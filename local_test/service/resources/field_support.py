"""Fields of requests that have no effect here: refused where a user would miss it, else harmless.

`REFUSED` and `WITHOUT_EFFECT` have dotted paths; a list on the way stands for all of its entries.
A new field of botocore's model belongs into one of them, or into the code that acts on it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from local_test.service.api.api_errors import invalid

_DESCRIBED = "kept, and returned by Describe; it does nothing on AWS either"
_INFRASTRUCTURE = "everything runs on this machine"
_PERMISSIONS = "nothing is encrypted, and no permission is checked"
_PRIVATE = "images are those of this machine"
_RETRY = "an error of this machine ends the job"


def _list_variant_fields(fields: Mapping[str, str]) -> dict[str, str]:
    """Return the paths of fields of production and of shadow variants."""
    kinds = ("ProductionVariants", "ShadowProductionVariants")
    return {f"{kind}.{field}": reason for kind in kinds for field, reason in fields.items()}


_TEXT = "Leave it out: text is not explained"
_TEXT_FIELDS = ("ShapConfig.TextConfig", "InferenceConfig.FeatureTypes")
_COLUMNS = "Leave the columns out of the data"
_AT_ONCE = {"DeploymentConfig": "Leave it out: all copies are replaced at once"}
REFUSED: Mapping[str, Mapping[str, str]] = {
    "CreateTrainingJob": {
        "DebugRuleConfigurations": "Check the model in the training program",
        "ProfilerRuleConfigurations": "Profile the program with a profiler of its own",
        "ProfilerConfig.ProfilingParameters": "Profile the program with a profiler of its own",
        "TensorBoardOutputConfig": "Write TensorBoard's files to /opt/ml/output/data",
        "MlflowConfig": "Give the ARN in Environment, as MLFLOW_TRACKING_URI",
        "ModelPackageConfig": "Register the model with CreateModelPackage",
        "RemoteDebugConfig": "Open a shell in the container with `docker exec`",
        "ServerlessJobConfig": "Give a TrainingImage and a ResourceConfig",
        "InputDataConfig.ShuffleConfig": "Shuffle in the training program",
        "ResourceConfig.InstanceGroups": "Give an InstanceCount",
        "ResourceConfig.InstancePreferences": "Give an InstanceType and an InstanceCount",
    },
    "CreateAutoMLJob": {
        "InputDataConfig.SampleWeightAttributeName": "Leave it out: rows weigh alike",
        "GenerateCandidateDefinitionsOnly": "Leave it out: candidates are trained",
        "AutoMLJobConfig.CandidateGenerationConfig.FeatureSpecificationS3Uri": _COLUMNS,
        "ModelDeployConfig": "Deploy the InferenceContainers of the BestCandidate",
    },
    "CreateAutoMLJobV2": {
        **{
            f"AutoMLProblemTypeConfig.TabularJobConfig.{field}": advice
            for field, advice in {
                "SampleWeightAttributeName": "Leave it out: rows weigh alike",
                "GenerateCandidateDefinitionsOnly": "Leave it out: candidates are trained",
                "FeatureSpecificationS3Uri": _COLUMNS,
            }.items()
        },
        "ModelDeployConfig": "Deploy the InferenceContainers of the BestCandidate",
    },
    "CreateModelPackage": {"SourceAlgorithmSpecification": "Send an InferenceSpecification"},
    "CreateModel": {
        f"{container}.{field}": advice
        for container in ("PrimaryContainer", "Containers")
        for field, advice in {
            "AdditionalModelDataSources": "Put all files into one archive",
            "ContainerMetricsConfig": "Read the endpoint's logs",
        }.items()
    },
    **{
        f"{verb}InferenceComponent": {
            **more,
            "Specification.BaseInferenceComponentName": "Give a ModelName or a Container",
            "Specification.Container.ContainerMetricsConfig": "Read the component's logs",
            "Specification.InstanceType": "Give it in the endpoint configuration",
            "Specifications": "Give one Specification",
        }
        for verb, more in (("Create", {}), ("Update", _AT_ONCE))
    },
    "CreateEndpointConfig": {
        "CrossRegionTrafficConfig": "Create an endpoint in each region",
        "MetricsConfig": "Read the endpoint's logs",
        **{f"ExplainerConfig.ClarifyExplainerConfig.{field}": _TEXT for field in _TEXT_FIELDS},
        **_list_variant_fields(
            {
                "CoreDumpConfig": "Run the container by hand",
                "InstancePools": "Give an InstanceType",
            }
        ),
    },
    "UpdateEndpointWeightsAndCapacities": {
        "DesiredWeightsAndCapacities.ServerlessUpdateConfig": "Update the endpoint configuration",
    },
    "CreateProject": {
        "ServiceCatalogProvisioningDetails": "Create its resources by a stack of CloudFormation",
        "TemplateProviders": "Create its resources by a stack of CloudFormation",
    },
    "UpdateProject": {
        "ServiceCatalogProvisioningUpdateDetails": "Update its resources by a stack",
        "TemplateProvidersToUpdate": "Update its resources by a stack of CloudFormation",
    },
    "StartPipelineExecution": {
        "MlflowExperimentName": "Give it in the Environment of a step, as MLFLOW_EXPERIMENT_NAME",
    },
}
"""What to do instead, without a full stop, by operation and field."""

_CONTENT_TYPES = dict.fromkeys(
    (
        f"{specification}.{field}"
        for specification in ("InferenceSpecification", "AdditionalInferenceSpecifications")
        for field in ("SupportedContentTypes", "SupportedResponseMIMETypes")
    ),
    _DESCRIBED,
)
_PACKAGE_PARTS = ("ModelLifeCycle.StageStatus",)
_LIFE_CYCLE = dict.fromkeys((*_PACKAGE_PARTS, "ModelLifeCycle.StageDescription"), _DESCRIBED)

_ROLLBACK = {
    "DeploymentConfig.RollingUpdatePolicy.RollbackMaximumBatchSize": "a rollback starts all "
    "instances that are missing at once"
}

WITHOUT_EFFECT: Mapping[str, Mapping[str, str]] = {
    "CreateTrainingJob": {
        "VpcConfig": _INFRASTRUCTURE,
        "DebugHookConfig": "the SDK sends it by itself; images here save no tensors",
        "ProfilerConfig": "the SDK sends it by itself; `docker stats` shows the use of the machine",
        "RetryStrategy": _RETRY,
        "InfraCheckConfig": _INFRASTRUCTURE,
        "SessionChainingConfig": _PERMISSIONS,
        "AlgorithmSpecification.AlgorithmName": "refused: a TrainingImage is needed",
        "AlgorithmSpecification.EnableSageMakerMetricsTimeSeries": "metrics are in CloudWatch",
        "AlgorithmSpecification.TrainingImageConfig": _PRIVATE,
        "ResourceConfig.VolumeKmsKeyId": _PERMISSIONS,
        "ResourceConfig.KeepAlivePeriodInSeconds": "a container starts within seconds",
        "ResourceConfig.TrainingPlanArn": _INFRASTRUCTURE,
        "ResourceConfig.InstancePlacementConfig": _INFRASTRUCTURE,
        "ResourceConfig.SelectedInstanceType": "only described by AWS",
        "ResourceConfig.SelectedInstanceCount": "only described by AWS",
        "StoppingCondition.MaxWaitTimeInSeconds": "a job starts at once",
        "StoppingCondition.MaxPendingTimeInSeconds": "a job starts at once",
    },
    "CreateHyperParameterTuningJob": {
        **{
            f"{field}.{part}": why
            for field in ("TrainingJobDefinition", "TrainingJobDefinitions")
            for part, why in (("VpcConfig", _INFRASTRUCTURE), ("RetryStrategy", _RETRY))
        },
    },
    "CreateAutoMLJob": {
        "OutputDataConfig.KmsKeyId": _PERMISSIONS,
        "AutoMLJobConfig.SecurityConfig": _PERMISSIONS,
    },
    "CreateAutoMLJobV2": {
        "OutputDataConfig.KmsKeyId": _PERMISSIONS,
        "SecurityConfig": _PERMISSIONS,
        "AutoMLComputeConfig": _INFRASTRUCTURE,
    },
    "CreateProcessingJob": {
        "NetworkConfig.VpcConfig": _INFRASTRUCTURE,
    },
    "CreateTransformJob": {"TransformResources": _INFRASTRUCTURE},
    "CreateModel": {
        "ExecutionRoleArn": _PERMISSIONS,
        "VpcConfig": _INFRASTRUCTURE,
        "PrimaryContainer.ImageConfig": _PRIVATE,
        "PrimaryContainer.MultiModelConfig": "models stay loaded while the container has room",
        "Containers.ImageConfig": _PRIVATE,
        "Containers.MultiModelConfig": "models stay loaded while the container has room",
    },
    "CreateEndpointConfig": {
        "ExecutionRoleArn": _PERMISSIONS,
        "VpcConfig": _INFRASTRUCTURE,
        **_list_variant_fields(
            {
                "AcceleratorType": _INFRASTRUCTURE,
                "AcceleratorPartitionLayouts": _INFRASTRUCTURE,
                "CapacityReservationConfig": _INFRASTRUCTURE,
                "EnableSSMAccess": "`docker exec` opens a shell",
                "InferenceAmiVersion": _INFRASTRUCTURE,
                "ModelDataDownloadTimeoutInSeconds": "archives are on this machine",
                "RoutingConfig": "requests go to the instance with the fewest",
                "ServerlessConfig.MemorySizeInMB": "memory has no limit",
                "VariantInstanceProvisionTimeoutInSeconds": _INFRASTRUCTURE,
            }
        ),
    },
    **{key: {"MetadataProperties": _DESCRIBED} for key in ("CreateTrial", "CreateTrialComponent")},
    "CreateModelPackageGroup": {"ModelPackageGroupDescription": _DESCRIBED},
    "CreateModelPackage": {
        **dict.fromkeys(
            (
                *("ModelPackageDescription", "MetadataProperties", "ModelMetrics", "Domain"),
                *("Task", "SamplePayloadUrl", "DriftCheckBaselines"),
            ),
            _DESCRIBED,
        ),
        **_CONTENT_TYPES,
        **_LIFE_CYCLE,
        "SecurityConfig": _PERMISSIONS,
    },
    "UpdateModelPackage": {
        **{
            path.replace("Specifications.", "SpecificationsToAdd."): reason
            for path, reason in _CONTENT_TYPES.items()
        },
        **_LIFE_CYCLE,
    },
    **{
        f"{verb}InferenceComponent": {
            "Specification.DataCacheConfig": "archives and images are on this machine",
            "Specification.SchedulingConfig": _INFRASTRUCTURE,
        }
        for verb in ("Create", "Update")
    },
    "CreateModelCard": {"SecurityConfig": _PERMISSIONS},
    "CreateArtifact": {"MetadataProperties": _DESCRIBED},
    "CreateAction": {
        "ActionType": _DESCRIBED,
        "MetadataProperties": _DESCRIBED,
        "Source.SourceId": _DESCRIBED,
    },
    "CreateContext": {"ContextType": _DESCRIBED, "Source.SourceId": _DESCRIBED},
    "CreateEndpoint": _ROLLBACK,
    "UpdateEndpoint": _ROLLBACK,
    **{
        f"{verb}MlflowTrackingServer": {
            "TrackingServerSize": _INFRASTRUCTURE,
            "WeeklyMaintenanceWindowStart": _INFRASTRUCTURE,
            "S3BucketOwnerAccountId": _PERMISSIONS,
            "S3BucketOwnerVerification": _PERMISSIONS,
        }
        for verb in ("Create", "Update")
    },
    **{
        f"{verb}MlflowApp": {
            "WeeklyMaintenanceWindowStart": _INFRASTRUCTURE,
            "DefaultDomainIdList": _DESCRIBED,
            "AccountDefaultStatus": _DESCRIBED,
        }
        for verb in ("Create", "Update")
    },
    **{
        f"CreatePresignedMlflow{kind}Url": {
            "ExpiresInSeconds": _PERMISSIONS,
            "SessionExpirationDurationInSeconds": _PERMISSIONS,
        }
        for kind in ("TrackingServer", "App")
    },
    **{
        f"Create{kind}JobDefinition": {
            "NetworkConfig.EnableInterContainerTrafficEncryption": _INFRASTRUCTURE,
            "NetworkConfig.VpcConfig": _INFRASTRUCTURE,
        }
        for kind in ("DataQuality", "ModelQuality", "ModelBias", "ModelExplainability")
    },
    **{
        f"{verb}MonitoringSchedule": {
            f"MonitoringScheduleConfig.MonitoringJobDefinition.NetworkConfig.{field}": (
                _INFRASTRUCTURE
            )
            for field in ("EnableInterContainerTrafficEncryption", "VpcConfig")
        }
        for verb in ("Create", "Update")
    },
    "CreatePipeline": {"PipelineDescription": _DESCRIBED},
    "UpdatePipeline": {"PipelineDescription": _DESCRIBED},
    "CreateFeatureGroup": {
        "Description": _DESCRIBED,
        "RoleArn": _PERMISSIONS,
        "ThroughputConfig": _INFRASTRUCTURE,
        "OnlineStoreConfig.SecurityConfig": _PERMISSIONS,
    },
    "DeletePipeline": {"ClientRequestToken": "a repeated request is refused, as the name is gone"},
}
"""Why a field is harmless here, by operation and field; Describe returns it."""


def check_fields(operation: str, request: Mapping[str, Any]) -> None:
    """Raise ApiError when a request has a field whose effect a user would miss."""
    for path, advice in REFUSED.get(operation, {}).items():
        if any(_list_values(request, path.split("."))):
            raise invalid(f"{path} of {operation} is not supported by the local service. {advice}.")


def _list_values(value: Any, path: list[str]) -> Iterator[Any]:
    """Yield the values at a path."""
    if isinstance(value, list):
        for item in value:
            yield from _list_values(item, path)
    elif not path:
        yield value
    elif isinstance(value, Mapping) and path[0] in value:
        yield from _list_values(value[path[0]], path[1:])
