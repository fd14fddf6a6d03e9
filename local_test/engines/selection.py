"""Selects the engine: the requested one, or the best one available."""

from collections.abc import Sequence
from typing import Literal

from local_test import settings as surroundings
from local_test.engines.image_names import is_program_path, is_short_name, to_image_reference
from local_test.engines.process_engine.engine import ProcessEngine
from local_test.engines.protocol import Engine
from local_test.errors import EngineError
from local_test.settings import Settings

EngineName = Literal["auto", "docker", "process"]
ENGINE_NAMES: tuple[EngineName, ...] = ("auto", "docker", "process")

_PROBE_SECONDS = 30
"""Timeout for `auto`, which can fall back on processes; `docker` has ANSWER_SECONDS."""


def select_engine(name: EngineName = "auto", images: Sequence[str] = (), owner: str = "") -> Engine:
    """Return the engine of a name; its `reason` says why it was selected.

    `auto` selects Docker if it responds and has the short-named `images`, otherwise child
    processes. `owner` becomes a label of all Docker objects. Raises EngineError when `docker` is
    requested and does not respond.
    """
    settings = surroundings.read_settings()
    if name == "process":
        return ProcessEngine(settings, "requested")
    if name == "docker":
        return _make_docker_engine(
            settings, f"requested; {_read_docker_version(settings)} is running", owner
        )
    return _select_automatically(settings, images)


def _select_automatically(settings: Settings, images: Sequence[str]) -> Engine:
    programs = [image for image in images if is_program_path(image)]
    if programs:
        return ProcessEngine(settings, f"{programs[0]} is a program of this machine")
    try:
        version = _read_docker_version(settings, _PROBE_SECONDS)
    except EngineError as error:
        return ProcessEngine(settings, str(error).partition(";")[0])
    missing = _list_missing_images(settings, images)
    if missing:
        return ProcessEngine(settings, f"{version} is running, but has no image {missing[0]}")
    return _make_docker_engine(settings, f"{version} is running")


def _make_docker_engine(settings: Settings, reason: str, owner: str = "") -> Engine:
    # The Docker SDK takes a third of a second, which commands without Docker need not wait for.
    from local_test.engines.docker_engine.engine import DockerEngine

    return DockerEngine(settings, reason, owner=owner)


def _read_docker_version(settings: Settings, seconds: int | None = None) -> str:
    from local_test.engines.docker_engine.client import ANSWER_SECONDS, connect

    with connect(settings, seconds or ANSWER_SECONDS) as client:
        return f"Docker {client.version()['Version']}"


def _list_missing_images(settings: Settings, images: Sequence[str]) -> list[str]:
    from local_test.engines.docker_engine.client import connect
    from local_test.engines.docker_engine.image_inspection import list_image_labels
    from local_test.engines.docker_engine.image_pull import find_pull_uri

    references = [to_image_reference(image) for image in images if is_short_name(image)]
    with connect(settings, _PROBE_SECONDS) as client:
        present = list_image_labels(client)
    return [
        reference
        for reference in references
        if reference not in present and find_pull_uri(settings, reference) is None
    ]
