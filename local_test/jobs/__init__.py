"""Jobs: training, processing and batch transform."""

from local_test.jobs.processing_job import ProcessingInput, ProcessingJob, ProcessingResult
from local_test.jobs.processing_run import process
from local_test.jobs.training_job import TrainingJob, TrainingResult
from local_test.jobs.training_run import train
from local_test.jobs.transform_job import ObjectResult, TransformJob, TransformResult
from local_test.jobs.transform_run import transform
from local_test.platform.batch_transform.batch_settings import BatchSettings
from local_test.platform.batch_transform.record_splitting import Split
from local_test.platform.channels import Channel

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
