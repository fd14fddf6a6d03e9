"""The requests of the processing jobs of an execution: inputs, environment and outputs.

Source: Developer Guide, 'Container Contract Inputs' (variables, paths) and 'Ingest Ground Truth
labels and merge them with predictions'; SageMaker Python SDK, `model_monitor` (names of variables).
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

from local_test.service.events.event import format_time
from local_test.service.resources.monitor_definitions.monitoring_job import MonitoringJob
from local_test.service.resources.monitoring_executions.captures import (
    Window,
    WindowData,
    format_hour,
)
from local_test.service.storage.s3 import S3Uri, parse_uri

_PROCESSING = PurePosixPath("/opt/ml/processing")
_BASELINE = {
    "ConstraintsResource": ("constraints", "baseline/constraints", "baseline_constraints"),
    "StatisticsResource": ("baseline", "baseline/stats", "baseline_statistics"),
}
_SCRIPTS = {
    "RecordPreprocessorSourceUri": (
        "pre_processor_script",
        "code/preprocessing",
        "record_preprocessor_script",
    ),
    "PostAnalyticsProcessorSourceUri": (
        "post_processor_script",
        "code/postprocessing",
        "post_analytics_processor_script",
    ),
}
_ATTRIBUTES = {
    "FeaturesAttribute": "features_attribute",
    "InferenceAttribute": "inference_attribute",
    "ProbabilityAttribute": "probability_attribute",
    "ProbabilityThresholdAttribute": "probability_threshold_attribute",
    "ExcludeFeaturesAttribute": "exclude_features_attribute",
}
_NAMES = {
    "DataQuality": "model-monitoring",
    "ModelQuality": "model-quality-monitoring",
    "ModelBias": "model-bias-monitoring",
    "ModelExplainability": "model-explainability-monitoring",
}
_ANALYSES = {"ModelQuality": "MODEL_QUALITY"}
_CAPTURES = {"captureIndexNames": ["endpointInput", "endpointOutput"]}
_LONGEST_NAME = 63
"""Of a processing job (API reference, CreateProcessingJob): one prefix leaves 18 digits."""
_OUTPUTS = {"captureIndexNames": ["endpointOutput"]}
_GROUND_TRUTH = _PROCESSING / "groundtruth"
_MERGER = "sagemaker-model-monitor-groundtruth-merger"
_MERGER_ACCOUNT = "156813124566"


@dataclass(frozen=True)
class ExecutionContext:
    """What the jobs of one execution share; `due` is in seconds since 1970.

    The names of its jobs end in `identifier`, as on the service.
    """

    region: str
    schedule: str
    schedule_arn: str
    due: float
    window: Window
    job: MonitoringJob
    capture_prefix: str = ""
    identifier: str = field(default_factory=lambda: secrets.token_hex(12))

    @property
    def owner(self) -> str:
        """The folder of its reports, below those of other schedules."""
        parts = [self.job.endpoint, self.schedule, format_hour(self.due)]
        return "/".join(part for part in parts if part)

    @property
    def report_uri(self) -> S3Uri:
        """Where its reports go."""
        return parse_uri(self.job.output["S3Uri"]).join(self.owner)

    @property
    def merged_uri(self) -> S3Uri:
        """Where captures go that are merged with ground truth."""
        return parse_uri(self.job.output["S3Uri"]).join("merge", self.owner)

    @property
    def namespace(self) -> str:
        """The namespace of its metrics in CloudWatch.

        Source: Developer Guide, 'Visualize results with CloudWatch' of each type.
        """
        place = "ModelMonitoring" if self.job.is_batch else "Endpoints"
        kind = self.job.kind.removeprefix("Model").lower()
        if self.job.kind == "DataQuality":
            return f"/aws/sagemaker/{place}/data-metrics"
        return f"aws/sagemaker/{place}/{'model' if kind == 'quality' else kind}-metrics"


def build_analysis(
    context: ExecutionContext,
    data: Sequence[WindowData],
    baseline: Mapping[str, str],
    *,
    merged: bool,
) -> dict[str, Any]:
    """Return the request of the job that analyses the data.

    `baseline` has the addresses of the baseline's files by the names of their fields.
    """
    job = context.job
    files = {**_locate(_BASELINE, baseline), **_locate(_SCRIPTS, job.program)}
    if "ConfigUri" in job.program:
        files[job.program["ConfigUri"]] = ("analysis_config", "input/config", "")
    inputs = [*_list_data(context, data), *(_describe_file(*one) for one in files.items())]
    paths = {
        variable: _place_file(folder, uri)
        for uri, (_, folder, variable) in files.items()
        if variable
    }
    environment = {
        **_describe_window(context),
        **_describe_source(context, merged=merged),
        **paths,
        "output_path": job.output["LocalPath"],
        "publish_cloudwatch_metrics": "Enabled",
        **job.environment,
    }
    return _build_request(context, _NAMES[job.kind], inputs, environment, context.report_uri) | {
        "AppSpecification": {
            field: job.program[field]
            for field in ("ImageUri", "ContainerEntrypoint", "ContainerArguments")
            if field in job.program
        }
    }


def build_merge(
    context: ExecutionContext, data: Sequence[WindowData], truth: Sequence[WindowData]
) -> dict[str, Any]:
    """Return the request of the job that merges captured predictions with ground truth.

    On the service the job has `dataset_source`, `ground_truth_source` and `output_path` alone, as
    requests logged there show; the window and the form of the data are added here.
    """
    labels = [
        _describe_input(f"groundtruth_input_{number}", one, _GROUND_TRUTH)
        for number, one in enumerate(truth, start=1)
    ]
    environment = {
        **_describe_window(context),
        **_describe_source(context, merged=False),
        "ground_truth_source": str(_GROUND_TRUTH),
        "output_path": context.job.output["LocalPath"],
    }
    inputs = [*_list_data(context, data), *labels]
    uri = f"{_MERGER_ACCOUNT}.dkr.ecr.{context.region}.amazonaws.com/{_MERGER}"
    return _build_request(context, "groundtruth-merge", inputs, environment, context.merged_uri) | {
        "AppSpecification": {"ImageUri": uri}
    }


def _build_request(
    context: ExecutionContext,
    prefix: str,
    inputs: list[dict[str, Any]],
    environment: Mapping[str, str],
    destination: S3Uri,
) -> dict[str, Any]:
    job = context.job
    time = datetime.fromtimestamp(context.due, UTC)
    mode = job.output.get("S3UploadMode", "EndOfJob")
    output = {**job.output, "S3Uri": str(destination), "S3UploadMode": mode}
    outputs = {"Outputs": [{"OutputName": "result", "S3Output": output}]}
    runtime = {} if job.max_runtime is None else {"MaxRuntimeInSeconds": job.max_runtime}
    return {
        "ProcessingJobName": f"{prefix}-{time:%Y%m%d%H%M}-{context.identifier}"[:_LONGEST_NAME],
        "ProcessingInputs": inputs,
        "ProcessingOutputConfig": outputs
        | ({} if job.output_key is None else {"KmsKeyId": job.output_key}),
        "ProcessingResources": {"ClusterConfig": dict(job.cluster)},
        "Environment": dict(environment),
        "RoleArn": job.role,
        **({"StoppingCondition": runtime} if runtime else {}),
        **({"NetworkConfig": dict(job.network)} if job.network else {}),
    }


def _describe_window(context: ExecutionContext) -> dict[str, str]:
    return {
        "start_time": format_time(context.window.start),
        "end_time": format_time(context.window.end),
        "sagemaker_monitoring_schedule_name": context.schedule,
    }


def _describe_source(context: ExecutionContext, *, merged: bool) -> dict[str, str]:
    """Return the variables of the data: its place and form, its columns, its endpoint."""
    job = context.job
    found = {
        "dataset_source": job.source["LocalPath"],
        "dataset_format": json.dumps(_choose_format(job, merged=merged)),
    }
    found |= {
        variable: str(job.source[field])
        for field, variable in _ATTRIBUTES.items()
        if field in job.source
    }
    if job.endpoint is not None:
        found["sagemaker_endpoint_name"] = job.endpoint
        found["sagemaker_endpoint_datacapture_prefix"] = context.capture_prefix
    if job.kind in _ANALYSES:
        found["analysis_type"] = _ANALYSES[job.kind]
        found["metric_time"] = format_time(context.window.start)
    if job.problem_type is not None:
        found["problem_type"] = job.problem_type
    return found


def _choose_format(job: MonitoringJob, *, merged: bool) -> dict[str, Any]:
    if merged:
        return {"sagemakerMergeJson": _OUTPUTS if job.kind in _ANALYSES else _CAPTURES}
    if not job.is_batch:
        return {"sagemakerCaptureJson": _CAPTURES}
    form = job.source["DatasetFormat"]
    if "Csv" in form:
        return {"csv": {"header": bool(form["Csv"].get("Header"))}}
    if "Json" in form:
        return {"json": {"line": bool(form["Json"].get("Line"))}}
    return {"parquet": {}}


def _list_data(context: ExecutionContext, data: Sequence[WindowData]) -> list[dict[str, Any]]:
    source = context.job.source
    distribution = source.get("S3DataDistributionType", "FullyReplicated")
    root = PurePosixPath(source["LocalPath"])
    name = "batch_transform_input" if context.job.is_batch else "endpoint_input"
    return [
        _describe_input(f"{name}_{number}", one, root, distribution)
        for number, one in enumerate(data, start=1)
    ]


def _locate(
    places: Mapping[str, tuple[str, str, str]], given: Mapping[str, Any]
) -> dict[str, tuple[str, str, str]]:
    """Return input, folder and variable of each file that is given, by its address."""
    return {given[field]: place for field, place in places.items() if field in given}


def _describe_file(uri: str, place: tuple[str, str, str]) -> dict[str, Any]:
    name, folder, _ = place
    return _describe_input(name, WindowData(parse_uri(uri), folder), _PROCESSING)


def _place_file(folder: str, uri: str) -> str:
    return str(_PROCESSING / folder / PurePosixPath(parse_uri(uri).key).name)


def _describe_input(
    name: str, data: WindowData, root: PurePosixPath, distribution: str = "FullyReplicated"
) -> dict[str, Any]:
    source = {"S3Uri": str(data.uri), "LocalPath": str(root / data.path)}
    source |= {"S3DataType": data.form, "S3DataDistributionType": distribution}
    source |= {"S3InputMode": "File", "S3CompressionType": "None"}
    return {"InputName": name, "S3Input": source}
