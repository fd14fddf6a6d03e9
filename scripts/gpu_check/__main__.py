"""Build the image with CUDA, train and serve on a GPU, and compare with the CPU's model.

python -m scripts.gpu_check [--image IMAGE] [--rows N] [--rounds N] [--without-gpu]

Exit code 0 when all goals are met, 1 when one is missed or something fails, 2 without a GPU. With
--without-gpu only what needs none is checked, on any machine with Docker.
"""

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import docker

from scripts.checkout.shell import run_script, say
from scripts.checkout.variants import GPU
from scripts.gpu_check.comparison import BOTH, Comparison
from scripts.gpu_check.containers import Image
from scripts.gpu_check.data import write_rows
from scripts.gpu_check.machine import explain_missing, find_gpus
from scripts.gpu_check.without_gpu import check_image
from scripts.images.build import build, choose_base

_HELD_OUT = 2000
_NO_GPU = 2
_FEW_ROWS, _FEW_ROUNDS = 20_000, 10


def main() -> None:
    """Run the check; the exit code is 2 where a GPU is needed and there is none."""
    parser = argparse.ArgumentParser(prog="python -m scripts.gpu_check", description=__doc__)
    parser.add_argument("--image", help="an image with CUDA, instead of building one")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows to train on")
    parser.add_argument("--rounds", type=int, default=100, help="rounds of boosting")
    parser.add_argument(
        "--without-gpu", action="store_true", help="check the image on the CPU, with few rows"
    )
    asked = parser.parse_args()
    if asked.without_gpu:
        asked.rows, asked.rounds = min(asked.rows, _FEW_ROWS), min(asked.rounds, _FEW_ROUNDS)
    elif missing := explain_missing():
        print(missing, file=sys.stderr)
        sys.exit(_NO_GPU)
    else:
        say(f"GPUs: {', '.join(find_gpus())}")
    if not asked.image:
        build("xgboost", choose_base(GPU.platform), GPU)
    name = asked.image or f"tandem-xgboost:latest{GPU.suffix}"
    with TemporaryDirectory() as folder:
        rows = Path(folder) / "rows"
        write_rows(rows, asked.rows, seed=0)
        held = write_rows(Path(folder) / "held", _HELD_OUT, seed=1)
        image = Image(docker.from_env(), name, rows, asked.rounds)
        if asked.without_gpu:
            check_image(image, Path(folder), held)
        elif not Comparison(image, Path(folder), held, BOTH).run():
            sys.exit("The GPU's model is not as good as the CPU's: see the goals marked ✗.")


if __name__ == "__main__":
    run_script(main)
