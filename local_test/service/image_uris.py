"""Find the local image for the image URI of a request.

Docker runs the image of that very name, or the one of that name without its registry, so that
`123456789012.dkr.ecr.REGION.amazonaws.com/tandem-xgboost:0.1.0` is the image that `make build`
builds. The process engine has no tags: the repository's name is the program's.
"""

from collections.abc import Sequence

from local_test import settings
from local_test.engines import Engine, EngineName, select_engine
from local_test.engines.docker_engine.client import connect
from local_test.engines.image_names import find_program
from local_test.errors import EngineBusy, EngineError, UserError

_PREFIX = "tandem-"


def resolve_images(
    uris: Sequence[str], engine_name: EngineName, owner: str = ""
) -> tuple[Engine, list[str]]:
    """Return an engine that has all of these images, and the engine's names of them.

    `auto` selects Docker if it has all images, child processes otherwise. Raises UserError when no
    engine has them, and EngineError when Docker was requested and is not running.
    """
    if engine_name != "process":
        try:
            images = [_find_docker_image(uri) for uri in uris]
            return select_engine("docker", owner=owner), images
        except (UserError, EngineError) as error:
            if engine_name == "docker":
                raise
            return _resolve_programs(uris, error)
    return select_engine("process"), [_find_program_name(uri) for uri in uris]


def _resolve_programs(uris: Sequence[str], docker_error: Exception) -> tuple[Engine, list[str]]:
    try:
        return select_engine("process"), [_find_program_name(uri) for uri in uris]
    except UserError as error:
        kind = EngineBusy if isinstance(docker_error, EngineBusy) else UserError
        raise kind(f"{error}; nor is it on Docker: {docker_error}") from error


def strip_registry(uri: str) -> str:
    """Return an image URI without the host of its registry."""
    host, slash, rest = uri.partition("/")
    return rest if slash and ("." in host or ":" in host or host == "localhost") else uri


def _find_docker_image(uri: str) -> str:
    short = strip_registry(uri)
    names = dict.fromkeys([_add_default_tag(uri), _add_default_tag(short)])
    with connect(settings.read_settings()) as client:
        images = client.images.list()
    available = {tag for image in images for tag in image.tags}
    available |= {digest for image in images for digest in image.attrs.get("RepoDigests") or ()}
    for name in names:
        if name in available:
            return name
    raise UserError(f"Docker has no image {_add_default_tag(short)}", "build it, or tag one so")


def _add_default_tag(uri: str) -> str:
    last = uri.rpartition("/")[2]
    return uri if ":" in last or "@" in last else f"{uri}:latest"


def _find_program_name(uri: str) -> str:
    name = strip_registry(uri).rpartition("/")[2].partition("@")[0].partition(":")[0]
    short = name.removeprefix(_PREFIX)
    if short == name:
        raise UserError(
            f"the process engine has no program for the image {uri}",
            f"it runs images whose name begins with {_PREFIX}; others need Docker",
        )
    find_program(short, settings.read_settings())
    return short
