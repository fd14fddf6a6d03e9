"""From an image URI of a request to what an engine of this machine runs.

Docker runs the image of that very name, or the one of that name without its registry, so that
`123456789012.dkr.ecr.REGION.amazonaws.com/tandem-xgboost:0.1.0` is the image `make build` made.
The process engine has no tags: the repository's name is the program's.
"""

from collections.abc import Sequence

from local_test import settings
from local_test.engines import Engine, EngineName, select_engine
from local_test.engines.docker_engine.client import connect
from local_test.engines.image_names import find_program
from local_test.errors import EngineBusy, EngineError, UserError

_PREFIX = "tandem-"


def resolve(uris: Sequence[str], wanted: EngineName, owner: str = "") -> tuple[Engine, list[str]]:
    """Return an engine that has all of these images, and what it calls them.

    `auto` takes Docker where it has them all, child processes otherwise. Images that are on none
    are a UserError, and Docker asked for where none answers is an EngineError.
    """
    if wanted != "process":
        try:
            found = [_on_docker(uri) for uri in uris]
            return select_engine("docker", owner=owner), found
        except (UserError, EngineError) as error:
            if wanted == "docker":
                raise
            return _processes(uris, error)
    return select_engine("process"), [_program(uri) for uri in uris]


def _processes(uris: Sequence[str], why_not: Exception) -> tuple[Engine, list[str]]:
    try:
        return select_engine("process"), [_program(uri) for uri in uris]
    except UserError as error:
        kind = EngineBusy if isinstance(why_not, EngineBusy) else UserError
        raise kind(f"{error}; nor is it on Docker: {why_not}") from error


def without_registry(uri: str) -> str:
    """Take the registry's host off an image URI."""
    host, found, rest = uri.partition("/")
    return rest if found and ("." in host or ":" in host or host == "localhost") else uri


def _on_docker(uri: str) -> str:
    short = without_registry(uri)
    wanted = dict.fromkeys([_tagged(uri), _tagged(short)])
    with connect(settings.read_settings()) as client:
        images = client.images.list()
    known = {tag for image in images for tag in image.tags}
    known |= {digest for image in images for digest in image.attrs.get("RepoDigests") or ()}
    for name in wanted:
        if name in known:
            return name
    raise UserError(f"Docker has no image {_tagged(short)}", "build it, or tag one so")


def _tagged(uri: str) -> str:
    last = uri.rpartition("/")[2]
    return uri if ":" in last or "@" in last else f"{uri}:latest"


def _program(uri: str) -> str:
    name = without_registry(uri).rpartition("/")[2].partition("@")[0].partition(":")[0]
    short = name.removeprefix(_PREFIX)
    if short == name:
        raise UserError(
            f"the process engine has no program for the image {uri}",
            f"it runs images whose name begins with {_PREFIX}; others need Docker",
        )
    find_program(short, settings.read_settings())
    return short
