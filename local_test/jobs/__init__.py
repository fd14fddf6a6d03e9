"""Jobs that run to an end: training, processing and batch transform."""

from local_test.jobs.processing import process
from local_test.jobs.processing_job import ProcessingInput, ProcessingJob, ProcessingResult
from local_test.jobs.training import train
from local_test.jobs.training_job import TrainingJob, TrainingResult
from local_test.jobs.transform import transform
from local_test.jobs.transform_job import ObjectResult, TransformJob, TransformResult
from local_test.platform.batch import BatchSettings
from local_test.platform.channels import Channel
from local_test.platform.records import Split

__all__ = [
    "BatchSettings",
    "Channel",
    "ObjectResult",
    "ProcessingInput",
    "ProcessingJob",
    "ProcessingResult",
    "Split",
    "TrainingJob",
    "TrainingResult",
    "TransformJob",
    "TransformResult",
    "process",
    "train",
    "transform",
]
