"""The image `aws-user` on each engine: a program with boto3."""

from __future__ import annotations

import importlib.util
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_test import settings
from local_test.engines.docker_engine.client import connect
from tests.clients.account import Account, run_service
from tests.local_test.standins import BIND, find_base_image, install_program, list_required

PROGRAM = Path(__file__).with_name("aws_program.py")
PACKAGES = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3")
NEEDED_DATA = {"s3", "sts", "endpoints.json", "partitions.json", "sdk-default-configuration.json"}
RECIPE = f"""FROM BASE
COPY . /aws
ENV PYTHONPATH=/aws
ENTRYPOINT ["python3", "/aws/aws_program.py"]
LABEL {BIND}=true
"""


def build_image(base: str) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        recipe = tarfile.TarInfo("Dockerfile")
        content = RECIPE.replace("BASE", base).encode()
        recipe.size = len(content)
        tar.addfile(recipe, io.BytesIO(content))
        tar.add(PROGRAM, PROGRAM.name)
        for package in PACKAGES:
            path = find_package(package)
            tar.add(path, path.name, filter=keep_needed)
    packed.seek(0)
    with connect(settings.read_settings()) as client:
        client.images.build(
            fileobj=packed, custom_context=True, tag="tandem-aws-user", rm=True, forcerm=True
        )


def find_package(name: str) -> Path:
    found = importlib.util.find_spec(name)
    assert found is not None
    assert found.origin is not None
    path = Path(found.origin)
    return path.parent if path.name == "__init__.py" else path


def keep_needed(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Leave out compiled files, and the models of other services."""
    parts = Path(member.name).parts
    of_other_service = parts[:2] == ("botocore", "data") and len(parts) == 3
    wanted = not of_other_service or parts[2] in NEEDED_DATA or parts[2].startswith("_")
    return member if wanted and "__pycache__" not in parts else None


@pytest.fixture(
    scope="module", params=["process", pytest.param("docker", marks=pytest.mark.docker)]
)
def cloud(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Account]:
    """A service on each engine, with one object in S3."""
    if request.param == "docker":
        base, missing = find_base_image()
        if base is None:
            (pytest.fail if list_required() else pytest.skip)(missing)
        build_image(base)
    folder = tmp_path_factory.mktemp("cloud")
    install_program(folder, "tandem-aws-user", PROGRAM)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(folder), prepend=":")
        with run_service(request.param, folder / "state") as account:
            account.bucket("cloud", hello="from S3")
            yield account
