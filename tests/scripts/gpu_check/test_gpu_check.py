"""`python -m scripts.gpu_check`: what runs of it on a machine without a GPU."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import docker
import numpy as np
import pytest

from scripts.checkout import variants
from scripts.checkout.shell import ROOT, Failure
from scripts.checkout.variants import Variant
from scripts.gpu_check.comparison import Comparison
from scripts.gpu_check.containers import CPU, Image
from scripts.gpu_check.data import write_rows
from scripts.gpu_check.machine import explain_missing, find_gpus
from scripts.gpu_check.without_gpu import check_image

LISTED = "GPU 0: NVIDIA A10G (UUID: GPU-1b2c)\nGPU 1: Tesla T4\n"


@pytest.mark.skipif(bool(find_gpus()), reason="this machine has a GPU")
def test_without_a_gpu_it_says_so_in_one_line_and_ends_with_2() -> None:
    command = [sys.executable, "-m", "scripts.gpu_check"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    [line] = ended.stderr.splitlines()
    assert line.startswith("No GPU: 'nvidia-smi --list-gpus' names none on this machine. ")


def test_gpus_are_read_from_what_the_driver_lists() -> None:
    assert find_gpus(lambda _: LISTED) == ["NVIDIA A10G", "Tesla T4"]
    assert find_gpus(lambda _: None) == []


@pytest.mark.parametrize(
    ("runtimes", "said"),
    [
        (None, "Docker is not running"),
        ('{"runc":{}} null', "Docker passes no GPUs to containers: install the NVIDIA Container"),
        ('{"nvidia":{}} null', ""),
    ],
)
def test_a_gpu_alone_is_not_enough(runtimes: str | None, said: str) -> None:
    found = explain_missing(lambda command: LISTED if command[0] == "nvidia-smi" else runtimes)
    assert found.startswith(said)
    assert bool(found) == bool(said)


@pytest.mark.parametrize("variant", variants.VARIANTS, ids=lambda variant: variant.name or "plain")
def test_every_form_of_the_booster_is_a_stage_of_its_dockerfile(variant: Variant) -> None:
    text = (ROOT / "containers" / "xgboost" / "Dockerfile").read_text()
    stages = re.findall(r"^FROM \S+ AS (\S+)$", text, re.MULTILINE)
    has_form = "xgboost" in variants.choose_images([], variant)
    assert (f"image{variant.suffix}" in stages) == has_form


@pytest.mark.docker
def test_two_devices_train_in_turns_and_their_models_are_compared(
    docker_client: docker.DockerClient, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_rows(tmp_path / "rows", 2000, seed=0)
    held = write_rows(tmp_path / "held", 200, seed=1)
    image = Image(docker_client, "tandem-xgboost:latest", tmp_path / "rows", rounds=5)
    assert Comparison(image, tmp_path, held, {"one": CPU, "other": CPU}, rounds=1).run()
    shown = capsys.readouterr().out
    for figure in ("seconds", "cpu_seconds", "peak_mb", "rmse", "difference"):
        assert re.search(rf"^ +{figure} +[\d.]+ .* [\d.]+ \(", shown, re.MULTILINE), shown
    assert "✓ error beside the first" in shown
    assert np.array_equal(np.load(tmp_path / "one.npy"), np.load(tmp_path / "other.npy"))
    with pytest.raises(Failure, match=r"(?s)failed: .*'device'"):
        image.train("nowhere", tmp_path / "refused")


@pytest.mark.docker
def test_an_image_without_cuda_is_told_without_a_gpu(
    docker_client: docker.DockerClient, tmp_path: Path
) -> None:
    held = write_rows(tmp_path / "rows", 100, seed=0)
    image = Image(docker_client, "tandem-xgboost:latest", tmp_path / "rows", rounds=1)
    with pytest.raises(Failure, match=r"is built without CUDA or NCCL: .*'USE_CUDA': False"):
        check_image(image, tmp_path, held)
