"""`images`: what Docker lacks is built from the files of the package."""

from __future__ import annotations

import os
from pathlib import Path

import docker
import pytest

from local_test import settings
from local_test.cli import main
from local_test.errors import UserError
from local_test.own_images import image_build
from local_test.own_images.image_build import build_image, find_sources
from tests.local_test.answers import read_answer


def test_packaged_files_are_copied_to_the_cache_and_built_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = tmp_path / "packaged/scripts/images/build.py"
    build.parent.mkdir(parents=True)
    for folder in (build.parent, build.parents[1]):
        (folder / "__init__.py").touch()
    build.write_text("import sys; open('seen', 'w').write(' '.join(sys.argv[1:]))")
    (tmp_path / "docker").write_text("")
    (tmp_path / "docker").chmod(0o755)
    monkeypatch.setattr(image_build, "_PACKAGED", tmp_path / "packaged")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    build_image("xgboost", settings.read_settings(), "a/base:1")
    copy = find_sources(settings.read_settings())
    assert copy.parent == tmp_path / "cache/local-sagemaker"
    assert (copy / "seen").read_text() == "--base-image=a/base:1 xgboost"
    build.write_text("raise SystemExit(3)")
    with pytest.raises(UserError, match="the image python was not built; see the lines above"):
        build_image("python", settings.read_settings())


def test_without_the_docker_client_nothing_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="building an image needs the command `docker`"):
        build_image("xgboost", settings.read_settings())


def test_an_unknown_image_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        main(["images", "nobody"])
    assert raised.value.code == 2
    assert "unknown image 'nobody': use analyzer, preprocessor, python, xgboost" in (
        capsys.readouterr().err
    )


@pytest.mark.docker
def test_an_image_that_docker_has_stays(
    docker_client: docker.DockerClient, capsys: pytest.CaptureFixture[str]
) -> None:
    before = docker_client.images.get("tandem-xgboost:latest").id
    assert main(["images", "xgboost", "--json"]) == 0
    [image] = read_answer("images", capsys.readouterr().out)
    assert (image["origin"], image["image_id"]) == ("present", before)
    assert main(["images", "xgboost", "--list"]) == 0
    assert capsys.readouterr().out.split() == ["xgboost", before, "built"]
