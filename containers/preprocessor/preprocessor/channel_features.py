"""The features of a job's own channels, as a batch transform of its model would answer them."""

from __future__ import annotations

from dataclasses import replace

from preprocessor.serving import load_model
from tandem.contract.settings import Settings
from tandem.contract.training_job import Job
from tandem.errors import BadData
from tandem.io.atomic_write import write_atomic
from tandem.logs import logger
from tandem.serving.model_service import ModelService

FOLDER = "features"
_ACCEPT = "application/x-parquet"


def write_features(job: Job) -> None:
    """Write `features/CHANNEL/FILE.out` below `output/data` for each file of each channel.

    The service of the written artifact answers each file as one request. Raises BadData when a
    row does not suit the transform, UserError when a channel is a pipe, and Stopped after SIGTERM.
    """
    service = ModelService(load_model(job.model_dir), Settings(batch=True, batch_payload=0))
    for name, channel in job.channels.items():
        root = channel.folder()
        for path in channel.files():
            job.stop.check()
            relative = path.relative_to(root)
            try:
                answer = service.invoke(channel.content_type, _ACCEPT, path.read_bytes())
            except BadData as error:
                error.where = replace(error.where, file=f"{name}/{relative}")
                raise
            place = job.paths.output_data / FOLDER / name / relative
            place.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(place.with_name(f"{place.name}.out"), answer.body)
            logger.info("channel '%s': features of %s", name, path.name)
