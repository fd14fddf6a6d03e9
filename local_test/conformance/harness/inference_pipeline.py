"""A pipeline of an image and the next one, which is trained on its responses."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

from local_test.conformance.harness.image_under_test import CSV, ImageUnderTest
from local_test.conformance.harness.serving_container import (
    WINDOW_SECONDS,
    ContainerResponse,
    ServingContainer,
)
from local_test.conformance.harness.trainer import ContainerLog
from local_test.conformance.outcomes import CheckBlocked
from local_test.endpoints.endpoint import Endpoint
from local_test.endpoints.stage import Stage
from local_test.engines.protocol import Engine

_NOT_ACCEPTABLE = 406


def serve_pipeline(
    engine: Engine, links: Sequence[tuple[ImageUnderTest, Path]]
) -> AbstractContextManager[Endpoint]:
    """Serve images with their models as a pipeline."""
    stages = [Stage(subject.image, model, subject.environment) for subject, model in links]
    return Endpoint(stages, engine, logs=ContainerLog(), ping_seconds=WINDOW_SECONDS)


def prepare_next_image(
    container: ServingContainer, subject: ImageUnderTest, response: ContainerResponse, folder: Path
) -> ImageUnderTest:
    """Return the next image, its data being the first one's responses.

    Raises CheckBlocked when the first one cannot transform its training data.
    """
    next_image = subject.next_image
    if next_image is None:
        raise CheckBlocked("no image stands behind it")
    subject_with_request = replace(
        next_image, request=response.body, request_type=response.content_type_header
    )
    if next_image.model is not None:
        return subject_with_request
    responses = {
        name: _transform_channel(container, subject, path)
        for name, path in subject.channels.items()
    }
    content_type = next(iter(responses.values())).media_type
    channels = {}
    for name, transformed in responses.items():
        channels[name] = folder / name
        channels[name].write_bytes(transformed.body)
    return replace(subject_with_request, channels=channels, content_type=content_type)


def _transform_channel(
    container: ServingContainer, subject: ImageUnderTest, path: Path
) -> ContainerResponse:
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    body = b"".join(file.read_bytes() for file in files if file.is_file())
    response = container.invoke(body, subject.content_type, CSV)
    if response.status == _NOT_ACCEPTABLE:
        response = container.invoke(body, subject.content_type)
    if response.status != 200:
        raise CheckBlocked(
            f"its training data gets {response}, so the next has none; give --next-model"
        )
    return response
