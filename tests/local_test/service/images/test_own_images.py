"""An image of that name on this machine runs itself, whatever the map of images says."""

import uuid
from collections.abc import Iterator

import docker
import pytest

from local_test.errors import UserError
from local_test.service.images.image_map import ImageMap, MapEntry
from local_test.service.images.image_resolution import ImageResolver

pytestmark = [pytest.mark.docker, pytest.mark.usefixtures("docker_images")]

REPOSITORY = "141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-clarify-processing"
REFUSED = ImageMap([MapEntry(["sagemaker-*"], refusal="It is not run here")])


@pytest.fixture
def own_image(docker_client: docker.DockerClient) -> Iterator[str]:
    """Tag the stand-in of the tests as an image of Amazon's."""
    tag = f"own-{uuid.uuid4().hex}"  # other tests tag and remove at the same time
    name = f"{REPOSITORY}:{tag}"
    docker_client.images.get("tandem-standin:latest").tag(REPOSITORY, tag=tag)
    yield name
    docker_client.images.remove(name)


@pytest.mark.parametrize("engine_name", ["docker", "auto"])
def test_an_image_with_a_tag_of_its_own_wins(own_image: str, engine_name: str) -> None:
    resolver = ImageResolver(engine_name, "processing", REFUSED)  # type: ignore[arg-type]
    engine, [image] = resolver.resolve([own_image])
    assert (engine.name, image.name, image.entry) == ("docker", own_image, None)
    with pytest.raises(UserError) as raised:
        resolver.resolve([f"{REPOSITORY}:other"])
    assert str(raised.value) == f"{REPOSITORY}:other: It is not run here."


def test_a_stand_in_that_is_not_built_is_named() -> None:
    entry = MapEntry(["sagemaker-*"], image="tandem-nowhere:7")
    with pytest.raises(UserError) as raised:
        ImageResolver("docker", "training", ImageMap([entry])).resolve([REPOSITORY])
    assert str(raised.value) == (
        f"Docker has no image tandem-nowhere:7, which stands in for {REPOSITORY}; "
        "build it, or tag one so"
    )
