"""Looks at an image before it is pushed: what SageMaker would refuse is refused here, in words."""

from collections.abc import Mapping
from typing import Any

from scripts.checkout.shell import Failure

BIND = "com.amazonaws.sagemaker.capabilities.accept-bind-to-port"
REVISION = "org.opencontainers.image.revision"
MEDIA_TYPE = "application/vnd.docker.distribution.manifest.v2+json"


def check_image(name: str, image: Mapping[str, Any], commit: str, platform: str) -> None:
    """Raise Failure when an image, as the engine describes it, must not be pushed.

    `commit` is what the image has to be built from, `platform` what it has to be built for.
    """
    built_for = f"{image['Os']}/{image['Architecture']}"
    if built_for != platform:
        raise Failure(
            f"{name} is built for {built_for}, not for {platform}: push it with "
            f"PLATFORM={built_for}, or build it again with PLATFORM={platform}."
        )
    labels = image["Config"]["Labels"] or {}
    if image["Config"].get("ExposedPorts") and labels.get(BIND) != "true":
        raise Failure(f"{name} has no label {BIND}=true, which a pipeline of containers needs.")
    if labels.get(REVISION) != commit:
        built = labels.get(REVISION, "an unknown commit")
        raise Failure(f"{name} was built from {built}, not from {commit}: run 'make build'.")
    media_type = (image.get("Descriptor") or {}).get("mediaType", MEDIA_TYPE)
    check_media_type(name, media_type)


def check_media_type(name: str, media_type: str) -> None:
    """Raise Failure when a manifest is of a kind that SageMaker does not take."""
    if media_type != MEDIA_TYPE:
        raise Failure(
            f"{name} has a manifest of type {media_type}, and SageMaker takes {MEDIA_TYPE} only: "
            "switch the engine's containerd image store off and build again."
        )
