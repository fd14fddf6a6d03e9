"""An image and the one that stands behind it: trained on its answers, and served with it."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

from local_test.conformance.harness.image_under_test import CSV, Subject
from local_test.conformance.harness.serving_container import WINDOW_SECONDS, Reply, Served
from local_test.conformance.harness.trainer import Log
from local_test.conformance.outcomes import Blocked
from local_test.endpoints.endpoint import Endpoint
from local_test.endpoints.stage import Stage
from local_test.engines.protocol import Engine

_NOT_ACCEPTABLE = 406


def pipeline(
    engine: Engine, links: Sequence[tuple[Subject, Path]]
) -> AbstractContextManager[Endpoint]:
    """Serve images with their models in one network, each one's answer going to the next."""
    stages = [Stage(subject.image, model, subject.environment) for subject, model in links]
    return Endpoint(stages, engine, logs=Log(), ping_seconds=WINDOW_SECONDS)


def behind(first: Served, subject: Subject, answer: Reply, folder: Path) -> Subject:
    """Return the next image as a subject: what the first makes of its data is the next one's.

    Raises Blocked where the first makes nothing of its training data.
    """
    following = subject.following
    if following is None:
        raise Blocked("no image stands behind it")
    asked = replace(following, request=answer.body, request_type=answer.literal_type)
    if following.model is not None:
        return asked
    made = {name: _answers(first, subject, path) for name, path in subject.channels.items()}
    content_type = next(iter(made.values())).content_type
    channels = {}
    for name, reply in made.items():
        channels[name] = folder / name
        channels[name].write_bytes(reply.body)
    return replace(asked, channels=channels, content_type=content_type)


def _answers(first: Served, subject: Subject, path: Path) -> Reply:
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    body = b"".join(file.read_bytes() for file in files if file.is_file())
    reply = first.ask(body, subject.content_type, CSV)
    if reply.status == _NOT_ACCEPTABLE:
        reply = first.ask(body, subject.content_type)
    if reply.status != 200:
        raise Blocked(f"its training data gets {reply}, so the next has none; give --next-model")
    return reply
