"""What can be checked of the image with CUDA on a machine that has no GPU."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from scripts.checkout.shell import Failure, say
from scripts.gpu_check.containers import CPU, CUDA, Image

_MOST_ERROR = 0.95


def check_image(image: Image, folder: Path, held: npt.NDArray[np.float32]) -> None:
    """Check that an image's XGBoost has CUDA, and that it trains and serves on a CPU.

    `held` are rows, label first. Raises Failure where that is not so, where `device=cuda` is not
    refused, and where the model is hardly better than the mean of the label.
    """
    built = image.read_build_info()
    if not (built.get("USE_CUDA") and built.get("USE_NCCL")):
        raise Failure(f"the XGBoost in {image.name} is built without CUDA or NCCL: {built}")
    say(f"{image.name}: XGBoost with CUDA {built.get('CUDA_VERSION')}, NCCL and no GPU.")
    try:
        image.train(CUDA, folder / "refused", gpus=False)
    except Failure as refused:
        if "device" not in str(refused):
            raise
        say(f"Refused as it should be: {refused}")
    else:
        raise Failure(f"{image.name} trains with device={CUDA} where there is no GPU")
    used = image.train(CPU, folder / "cpu")
    label = held[:, 0].astype(np.float64)
    error = image.predict(CPU, folder / "cpu", held[:, 1:]) - label
    ratio = float(np.sqrt(np.mean(error**2)) / label.std())
    say(f"Trained on the CPU in {used['seconds']:.1f} s; RMSE / label's deviation {ratio:.2f}.")
    if not ratio < _MOST_ERROR:
        raise Failure(f"the model of {image.name} is hardly better than the mean: {ratio:.2f}")
