"""What SageMaker would refuse is refused before it is pushed."""

from typing import Any

import pytest

from scripts.checkout.shell import Failure
from scripts.release import image_check

COMMIT = "c" * 40


def image(**changes: Any) -> dict[str, Any]:
    """Describe an image as the engine does."""
    labels = {image_check.BIND: "true", image_check.REVISION: COMMIT}
    return {"Os": "linux", "Architecture": "amd64", "Config": serving(labels)} | changes


def serving(labels: dict[str, str] | None) -> dict[str, Any]:
    """Describe the configuration of an image that listens on a port."""
    return {"Labels": labels, "ExposedPorts": {"8080/tcp": {}}}


def refusal(description: dict[str, Any]) -> str:
    with pytest.raises(Failure) as caught:
        image_check.check_image("tandem-tiny:1", description, COMMIT, "linux/amd64")
    return str(caught.value)


def test_an_image_as_it_should_be_passes() -> None:
    image_check.check_image("tandem-tiny:1", image(), COMMIT, "linux/amd64")


def test_another_architecture_is_refused() -> None:
    sentence = refusal(image(Architecture="arm64"))
    assert sentence.startswith("tandem-tiny:1 is built for linux/arm64, not for linux/amd64: ")


def test_an_image_for_graviton_passes_where_one_is_asked_for() -> None:
    image_check.check_image("tandem-tiny:1", image(Architecture="arm64"), COMMIT, "linux/arm64")


@pytest.mark.parametrize("labels", [None, {}, {image_check.BIND: "false"}])
def test_a_missing_label_is_refused(labels: dict[str, str] | None) -> None:
    assert f"no label {image_check.BIND}=true" in refusal(image(Config=serving(labels)))


def test_an_image_without_a_server_needs_no_label() -> None:
    config = {"Labels": {image_check.REVISION: COMMIT}}
    image_check.check_image("tandem-tiny:1", image(Config=config), COMMIT, "linux/amd64")


def test_an_image_of_another_commit_is_refused() -> None:
    labels = {image_check.BIND: "true", image_check.REVISION: "abc-dirty"}
    assert "was built from abc-dirty, not from cccc" in refusal(image(Config={"Labels": labels}))


@pytest.mark.parametrize("kind", ["manifest", "index"])
def test_a_manifest_that_sagemaker_does_not_take_is_refused(kind: str) -> None:
    media_type = f"application/vnd.oci.image.{kind}.v1+json"
    assert f"type {media_type}" in refusal(image(Descriptor={"mediaType": media_type}))
