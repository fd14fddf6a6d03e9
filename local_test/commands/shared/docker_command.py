"""The command `docker` of programs that use the service: it knows the account's ECR registry.

The registry `ACCOUNT.dkr.ecr.REGION.amazonaws.com` holds the images that this machine's Docker has
under that name, so a push uploads nothing: it checks the image and its repository, and enters it in
ECR. All other commands are Docker's own. It is run as `docker_command.py FOLDER ARGUMENT ...`:
FOLDER has the script that stands before Docker's on the PATH.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from local_test.service.images.image_uri import EcrImage, add_default_tag, parse_ecr_image
from local_test.settings import read_settings

_SCHEME = re.compile("https?://")
_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_CONFIG = "application/vnd.docker.container.image.v1+json"
_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
_NO_COMMAND = 127


def add_docker_command(path: str, folder: Path) -> str:
    """Write the command into a new folder, and return the PATH with it in front.

    Where there is no Docker on the PATH, it stays as it is.
    """
    if shutil.which("docker", path=path) is None:
        return path
    programs = folder / "programs"
    programs.mkdir()
    script = programs / "docker"
    script.write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -I -m {__name__} "$(dirname "$0")" "$@"\n',
        encoding="utf-8",
    )
    script.chmod(0o755)
    return f"{programs}{os.pathsep}{path}"


def main(folder: str, words: Sequence[str]) -> int:
    """Do a command for an ECR registry, or become Docker; return the exit code."""
    path = os.pathsep.join(
        part for part in read_settings().path.split(os.pathsep) if part and part != folder
    )
    docker = shutil.which("docker", path=path)
    if docker is None:
        sys.stderr.write("docker: command not found\n")
        return _NO_COMMAND
    plain = [word for word in words[1:] if not word.startswith("-")]
    if words[:1] == ["login"] and any(map(_is_registry, plain)):
        if "--password-stdin" in words:
            sys.stdin.read()
        print("Login Succeeded")
        return 0
    name = add_default_tag(plain[-1]) if plain and words[0] in {"push", "pull"} else ""
    image = parse_ecr_image(name)
    if image is None or "--all-tags" in words or "-a" in words:
        os.execv(docker, [docker, *words])  # noqa: S606 - the words are the caller's
    found = inspect_image(docker, name)
    if words[0] == "pull":
        return _pull(name, found)
    return push(name, image, found)


def inspect_image(docker: str, name: str) -> dict[str, Any] | None:
    """Return what Docker says of an image, None when it has none of this name."""
    done = subprocess.run(
        [docker, "image", "inspect", name], capture_output=True, text=True, check=False
    )
    return json.loads(done.stdout)[0] if done.returncode == 0 else None


def push(name: str, image: EcrImage, found: dict[str, Any] | None) -> int:
    """Enter an image of this machine's Docker in ECR; return the exit code."""
    print(f"The push refers to repository [{name.rpartition(':')[0]}]")
    if found is None:
        sys.stderr.write(f"An image does not exist locally with the tag: {name}\n")
        return 1
    ecr, manifest = _make_client("ecr", image.region), make_manifest(found)
    try:
        ecr.describe_repositories(repositoryNames=[image.repository])
        ecr.put_image(
            repositoryName=image.repository,
            imageManifest=manifest,
            imageManifestMediaType=_MANIFEST,
            imageTag=image.tag,
        )
    except ecr.exceptions.RepositoryNotFoundException:
        sys.stderr.write(
            f"name unknown: The repository with name '{image.repository}' does not exist in the "
            "registry. Create it with `aws ecr create-repository`.\n"
        )
        return 1
    except ecr.exceptions.ImageAlreadyExistsException:
        print(f"{image.tag}: already there")
    [kept] = ecr.describe_images(
        repositoryName=image.repository, imageIds=[{"imageTag": image.tag}]
    )["imageDetails"]
    print(f"{image.tag}: digest: {kept['imageDigest']} size: {len(manifest)}")
    print("local-sagemaker: it stays in this machine's Docker, nothing was uploaded")
    return 0


def make_manifest(found: dict[str, Any]) -> str:
    """Return a manifest of an image; its layers have the digests of their unpacked content.

    Source: OCI distribution, image manifest version 2, schema 2.
    """
    layers = [
        {"mediaType": _LAYER, "size": 0, "digest": digest} for digest in found["RootFS"]["Layers"]
    ]
    config = {"mediaType": _CONFIG, "size": found["Size"], "digest": found["Id"]}
    manifest = {"schemaVersion": 2, "mediaType": _MANIFEST, "config": config, "layers": layers}
    return json.dumps(manifest, indent=3)


def _pull(name: str, found: dict[str, Any] | None) -> int:
    if found is None:
        sys.stderr.write(
            f"manifest for {name} not found: this machine's Docker has no such image. Build "
            "it, or tag one so.\n"
        )
        return 1
    print(f"Status: Image is up to date for {name}\n{name}")
    return 0


def _is_registry(word: str) -> bool:
    return parse_ecr_image(f"{_SCHEME.sub('', word).rstrip('/')}/any") is not None


def _make_client(service: str, region: str) -> Any:
    import boto3  # type: ignore[import-untyped] # most commands need it not, and it takes a second

    return boto3.client(service, region_name=region)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1], sys.argv[2:]))
