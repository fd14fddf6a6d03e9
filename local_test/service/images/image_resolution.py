"""Find the local image for the image URI of a request.

Docker runs the image of that very name, or the one of that name without its registry, so that
`123456789012.dkr.ecr.REGION.amazonaws.com/tandem-xgboost:0.1.0` is the image that `make build`
builds. The process engine has no tags: the repository's name is the program's. Where an engine has
no such image, the map of images names a stand-in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from local_test import settings as surroundings
from local_test.engines import Engine, EngineName, select_engine
from local_test.engines.image_names import describe_image_remedy, find_program
from local_test.errors import EngineBusy, EngineError, UserError
from local_test.service.images.image_map import ImageMap, MapEntry, Use
from local_test.service.images.image_uri import add_default_tag, parse_ecr_image, strip_registry
from local_test.service.images.library_versions import read_image_versions, read_program_versions
from local_test.service.images.local_image import LocalImage

_PREFIX = "tandem-"


class ImageRefused(UserError):
    """The map of images refuses an image of Amazon's."""


@dataclass(frozen=True)
class ImageResolver:
    """Finds images for one use on the engine of a name."""

    engine: EngineName
    use: Use
    image_map: ImageMap = field(default_factory=ImageMap)
    owner: str = ""

    def resolve(self, uris: Sequence[str]) -> tuple[Engine, list[LocalImage]]:
        """Return an engine that has all of these images, and its images.

        `auto` selects Docker if it has all images, child processes otherwise. Raises UserError when
        no engine has them or an image is refused, and EngineError when Docker was requested and is
        not running.
        """
        if self.engine == "process":
            return select_engine("process"), [self._find_program(uri) for uri in uris]
        try:
            available = _list_docker_images()
            images = [self._find_docker_image(uri, available) for uri in uris]
            return select_engine("docker", owner=self.owner), images
        except (UserError, EngineError) as error:
            if self.engine == "docker" or isinstance(error, ImageRefused):
                raise
            return self._resolve_programs(uris, error)

    def _resolve_programs(
        self, uris: Sequence[str], docker_error: Exception
    ) -> tuple[Engine, list[LocalImage]]:
        try:
            return select_engine("process"), [self._find_program(uri) for uri in uris]
        except UserError as error:
            kind = EngineBusy if isinstance(docker_error, EngineBusy) else UserError
            raise kind(f"{error}; nor is it on Docker: {docker_error}") from error

    def _find_docker_image(
        self, uri: str, available: Mapping[str, Mapping[str, str]]
    ) -> LocalImage:
        short = strip_registry(uri)
        for name in dict.fromkeys([add_default_tag(uri), add_default_tag(short)]):
            if name in available:
                return LocalImage(name, uri, None, read_image_versions(available[name]))
        entry = self._find_entry(uri)
        name = add_default_tag(short if entry is None else entry.image)
        labels = available[name] if name in available else _pull_labels(name)
        if labels is None and entry is None:
            raise UserError(f"Docker has no image {name}", _describe_remedy(uri, name))
        if labels is None:
            raise UserError(
                f"Docker has no image {name}, which stands in for {uri}",
                describe_image_remedy(name),
            )
        return LocalImage(name, uri, entry, read_image_versions(labels))

    def _find_program(self, uri: str) -> LocalImage:
        name = _read_repository(uri)
        entry = None if name.startswith(_PREFIX) else self._find_entry(uri)
        if entry is not None:
            name = _read_repository(entry.image)
        short = name.removeprefix(_PREFIX)
        if short == name:
            raise UserError(
                f"the process engine has no program for the image {entry.image if entry else uri}",
                f"it runs images whose name begins with {_PREFIX}; others need Docker",
            )
        settings = surroundings.read_settings()
        program = find_program(short, settings)
        return LocalImage(short, uri, entry, read_program_versions(program, settings))

    def _find_entry(self, uri: str) -> MapEntry | None:
        entry = self.image_map.find_entry(uri, self.use)
        if entry is not None and entry.refusal:
            raise ImageRefused(f"{uri}: {entry.refusal}.")
        return entry


def _read_repository(uri: str) -> str:
    """Return the last part of an image's name, without tag and digest."""
    return strip_registry(uri).rpartition("/")[2].partition("@")[0].partition(":")[0]


def _describe_remedy(uri: str, name: str) -> str:
    if parse_ecr_image(uri) is None:
        return describe_image_remedy(name)
    return "build it, tag one so, or name a stand-in in images.toml"


def _pull_labels(name: str) -> Mapping[str, str] | None:
    """Pull an image where `registry.toml` has its digest, and return its labels."""
    from local_test.engines.docker_engine.client import connect
    from local_test.engines.docker_engine.image_pull import pull_image

    settings = surroundings.read_settings()
    with connect(settings) as client:
        if pull_image(client, settings, name) is None:
            return None
        labels: Mapping[str, str] = client.images.get(name).labels
    return labels


def _list_docker_images() -> Mapping[str, Mapping[str, str]]:
    """Return the labels of all images of Docker by each tag and digest."""
    from local_test.engines.docker_engine.client import connect
    from local_test.engines.docker_engine.image_inspection import list_image_labels

    with connect(surroundings.read_settings()) as client:
        return list_image_labels(client)
