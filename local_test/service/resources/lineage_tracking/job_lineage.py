"""The lineage of jobs: what went into a job's trial component, and what it produced.

Source: Developer Guide, 'Amazon SageMaker-Created Tracking Entities': image, input channels, model
and checkpoints of a training job; image, inputs and outputs of a processing job; input and output
of a transform job. S3 URIs are those of the request.
"""

from collections.abc import Iterator

from local_test.service.resources.lineage_tracking.recorder import LineageRecorder
from local_test.service.resources.processing.definitions import list_inputs, name_source
from local_test.service.storage.records import Record

Sources = Iterator[tuple[str, str]]
"""Pairs of a URI and the type of its artifact."""

_DATA, _IMAGE, _MODEL, _CHECKPOINT = "DataSet", "Image", "Model", "Checkpoint"


def track_training(recorder: LineageRecorder, record: Record) -> None:
    """Keep the lineage of a training job."""
    _track_job(
        recorder,
        "TrainingJob",
        record,
        _list_training_inputs(record),
        _list_training_outputs(record),
    )


def track_processing(recorder: LineageRecorder, record: Record) -> None:
    """Keep the lineage of a processing job."""
    _track_job(
        recorder,
        "ProcessingJob",
        record,
        _list_processing_inputs(record),
        _list_processing_outputs(record),
    )


def track_transform(recorder: LineageRecorder, record: Record) -> None:
    """Keep the lineage of a transform job."""
    source = record["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"]
    target = record["TransformOutput"]["S3OutputPath"]
    _track_job(recorder, "TransformJob", record, iter([(source, _DATA)]), iter([(target, _DATA)]))


def _track_job(
    recorder: LineageRecorder, kind: str, record: Record, inputs: Sources, outputs: Sources
) -> None:
    component = recorder.find_trial_component(kind, record[f"{kind}Name"])
    for uri, artifact_type in inputs:
        recorder.associate(recorder.keep_artifact(uri, artifact_type), component, "ContributedTo")
    if record[f"{kind}Status"] == "Completed":
        for uri, artifact_type in outputs:
            recorder.associate(component, recorder.keep_artifact(uri, artifact_type), "Produced")


def _list_training_inputs(record: Record) -> Sources:
    yield record["AlgorithmSpecification"]["TrainingImage"], _IMAGE
    for channel in record.get("InputDataConfig", ()):
        yield channel["DataSource"]["S3DataSource"]["S3Uri"], _DATA


def _list_training_outputs(record: Record) -> Sources:
    if artifact := record.get("ModelArtifacts", {}).get("S3ModelArtifacts"):
        yield artifact, _MODEL
    if checkpoints := record.get("CheckpointConfig", {}).get("S3Uri"):
        yield checkpoints, _CHECKPOINT


def _list_processing_inputs(record: Record) -> Sources:
    yield record["AppSpecification"]["ImageUri"], _IMAGE
    for item in list_inputs(record):
        yield name_source(item), _DATA


def _list_processing_outputs(record: Record) -> Sources:
    for item in record.get("ProcessingOutputConfig", {}).get("Outputs", ()):
        if uri := item.get("S3Output", {}).get("S3Uri"):
            yield uri, _DATA
