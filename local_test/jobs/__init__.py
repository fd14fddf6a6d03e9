"""Jobs that run to an end: training and batch transform."""

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
    "Split",
    "TrainingJob",
    "TrainingResult",
    "TransformJob",
    "TransformResult",
    "train",
    "transform",
]
