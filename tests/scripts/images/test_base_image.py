"""The base image made from Debian's packages: Python and nothing of the host."""

import json

import docker
import pytest
from docker.errors import ImageNotFound

from scripts.checkout.shell import Failure
from scripts.images import base_image

LOOK = """
import glob, json, os, shutil, sys
print(json.dumps({
    'python': sys.version_info[:2],
    'pip': shutil.which('pip') or shutil.which('pip3'),
    'tools': [word for word in ('gcc', 'make', 'wget', 'curl') if shutil.which(word)],
    'unread': glob.glob('/usr/share/man/*') + glob.glob('/var/lib/apt/lists/*'),
    'host': [path for path in ('/etc/machine-id', '/usr/local/share/ca-certificates')
             if os.path.exists(path) and (os.listdir(path) if os.path.isdir(path) else True)],
    'licences': len(glob.glob('/usr/share/doc/*/copyright')) > 50,
}))
"""


def test_only_root_may_make_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(Failure, match="run 'sudo make base-image'"):
        base_image.check_requirements()


def test_a_missing_debootstrap_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setenv("PATH", "/var/empty")
    with pytest.raises(Failure, match="run 'apt-get install debootstrap'"):
        base_image.check_requirements()


@pytest.mark.docker
def test_it_holds_python_and_nothing_of_the_host(docker_client: docker.DockerClient) -> None:
    try:
        docker_client.images.get(base_image.IMAGE)
    except ImageNotFound:
        pytest.skip(f"{base_image.IMAGE} is not made: run 'make base-image'.")
    command = ["python3", "-c", LOOK]
    text = docker_client.containers.run(base_image.IMAGE, command, network_mode="none", remove=True)
    assert json.loads(text) == {
        "python": [3, 11],
        "pip": None,
        "tools": [],
        "unread": [],
        "host": [],
        "licences": True,
    }
