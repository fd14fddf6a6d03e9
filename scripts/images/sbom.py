"""Write an image's bill of materials as a CycloneDX file beside it.

`python -m scripts.images.sbom` does so. It lies in build/sbom and not in the registry's manifest,
where SageMaker refuses an image for it.
"""

import argparse
from collections.abc import Iterator
from email.message import Message
from pathlib import Path

import docker
from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from docker.errors import DockerException, ImageNotFound
from packageurl import PackageURL

from scripts.checkout.project import read_version
from scripts.checkout.shell import ROOT, Failure, run_script, say
from scripts.checkout.variants import add_options, choose_images, choose_variant
from scripts.images import inventory
from scripts.images.inventory import Contents

FOLDER = "build/sbom"


def main() -> None:
    """Write the bills of the images that are built."""
    parser = argparse.ArgumentParser(description="Write the images' bills of materials.")
    add_options(parser)
    arguments = parser.parse_args()
    variant = choose_variant(arguments.platform, arguments.variant)
    tag = f"{read_version()}{variant.suffix}"
    try:
        client = docker.from_env()
        for name in choose_images(arguments.names, variant):
            say(str(write_bill(client, f"tandem-{name}:{tag}", f"tandem-{name}", tag)))
    except ImageNotFound as error:
        raise Failure(f"An image is not built, run 'make build': {error.explanation}") from error
    except DockerException as error:
        raise Failure(f"The Docker engine did not do it: {error}") from error


def write_bill(
    client: docker.DockerClient, image: str, name: str, tag: str, uri: str | None = None
) -> Path:
    """Write the bill of a local image and give its path from the root.

    `uri` is the image's address with digest where it was pushed.
    """
    return save_bill(inventory.read_contents(client, image), name, tag, uri)


def save_bill(found: Contents, name: str, tag: str, uri: str | None) -> Path:
    """Write the bill of what was found in an image and give its path from the root."""
    path = Path(FOLDER, f"{name}-{tag}.cdx.json")
    made = build_bill(found, describe_image(name, tag, uri))
    text = make_outputter(made, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=2)
    (ROOT / FOLDER).mkdir(parents=True, exist_ok=True)
    (ROOT / path).write_text(f"{text}\n")
    return path


def describe_image(name: str, tag: str, uri: str | None) -> Component:
    """Describe the image itself."""
    purl = None
    if uri:
        repository, digest = uri.split("@")
        where = {"repository_url": repository, "tag": tag}
        purl = PackageURL("oci", None, name, digest, where)
    return Component(
        type=ComponentType.CONTAINER, name=name, version=tag, purl=purl, bom_ref=uri or name
    )


def build_bill(found: Contents, image: Component) -> Bom:
    """Return the bill of materials of everything found in an image."""
    components = [
        *describe_distributions(found),
        *describe_debian_packages(found),
        *describe_interpreter(found),
    ]
    made = Bom(metadata=BomMetaData(component=image), components=components)
    made.register_dependency(image, components)
    return made


def describe_distributions(found: Contents) -> Iterator[Component]:
    """Describe the Python distributions; only those of an index have a package URL."""
    for one in found.distributions:
        name, number = str(one["Name"]), str(one["Version"])
        ours = name.startswith("tandem-")
        named = inventory.find_licence(one)
        yield Component(
            name=name,
            version=number,
            bom_ref=f"python:{name}@{number}",
            purl=None if ours else PackageURL("pypi", None, name, number),
            licenses=[LicenseFactory().make_from_string(named)] if named else [],
        )


def describe_debian_packages(found: Contents) -> Iterator[Component]:
    """Describe the packages of the base."""
    distribution = found.system.get("ID", "debian")
    release = f"{distribution}-{found.system.get('VERSION_ID', 'unknown')}"
    for one in found.debian:
        yield _debian(one, distribution, release)


def _debian(one: Message, distribution: str, release: str) -> Component:
    name, number, machine = (str(one[key]) for key in ("Package", "Version", "Architecture"))
    qualifiers = {"arch": machine, "distro": release}
    purl = PackageURL("deb", distribution, name, number, qualifiers)
    return Component(name=name, version=number, purl=purl, bom_ref=f"deb:{name}@{number}:{machine}")


def describe_interpreter(found: Contents) -> Iterator[Component]:
    """Describe the Python of a base that built its own, which names it in the environment."""
    number = found.environment.get("PYTHON_VERSION")
    if number:
        purl = PackageURL("generic", None, "python", number)
        yield Component(
            type=ComponentType.PLATFORM,
            name="python",
            version=number,
            purl=purl,
            bom_ref=f"python@{number}",
        )


if __name__ == "__main__":
    run_script(main)
