"""The servers that are measured side by side: Tandem, the plain pattern, MLServer."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.load.load_result import PostRequest
from benchmarks.load.payloads import encode_matrix_v2, encode_records_v2, read_v2
from benchmarks.load.servers import (
    HOST,
    WORKERS,
    ServerSpec,
    build_image_environment,
    find_free_port,
)
from benchmarks.load.workload import NUMBERS, WORDS, Workload
from local_test.platform.limits import SAFE_PORT_RANGE
from scripts.lock.virtual_environments import prepare_environment

ROOT = Path(__file__).parents[2]
TANDEM, PLAIN, MLSERVER = "Tandem", "plain", "MLServer"
_PROGRAMS = {"xgboost": ("xgboost", "booster"), "transform": ("preprocessor", "preprocessor")}
_RUNTIMES = {
    "xgboost": "mlserver_xgboost.XGBoostModel",
    "transform": "mlserver_sklearn.SKLearnModel",
}
LOCK = "benchmarks/baselines/mlserver.lock"


def find_python(image: str) -> Path:
    """Return a Python that has the packages the image is locked to, and no others."""
    name, _ = _PROGRAMS[image]
    locks = [f"containers/{name}/requirements.lock"]
    folders = ["containers/runtime", f"containers/{name}"]
    return prepare_environment(f"bench/images/{name}", locks, folders) / "python"


def build_tandem(image: str, work: Workload, pipeline: bool = False) -> ServerSpec:
    """Start the image's program; in a `pipeline`, the platform says so with one more variable."""
    command: list[str | Path] = [find_python(image), "-m", _PROGRAMS[image][1], "serve"]
    root = work.models[image].parent
    passing = {"SAGEMAKER_SAFE_PORT_RANGE": SAFE_PORT_RANGE} if pipeline else {}

    return ServerSpec(
        f"{TANDEM} {image}",
        lambda _: command,
        lambda port: build_image_environment(root, port) | passing,
    )


def build_plain(image: str, work: Workload) -> ServerSpec:
    """Start the Flask and pandas application on gunicorn, with as many workers."""
    file = work.booster if image == "xgboost" else work.transformer
    app = f'benchmarks.baselines.plain.serve:{image}("{file}")'
    gunicorn = Path(sys.executable).with_name("gunicorn")

    def command(port: int) -> Sequence[str | Path]:
        bound = ["--bind", f"{HOST}:{port}", "--pythonpath", str(ROOT)]
        workers = ["--workers", str(WORKERS), "--threads", "4", "--worker-class", "gthread"]
        return [gunicorn, *workers, *bound, "--keep-alive", "75", "--reuse-port", app]

    return ServerSpec(f"{PLAIN} {image}", command)


def build_mlserver(image: str, work: Workload) -> ServerSpec:
    """Start MLServer with its runtime for the model: in one process, where it is quickest.

    A prediction takes one thread, as everywhere else.
    """
    program = prepare_environment("bench/mlserver", [LOCK]) / "mlserver"
    folder = _write_mlserver_folder(image, work)

    def environment(port: int) -> Mapping[str, str]:
        return {
            "MLSERVER_HOST": HOST,
            "MLSERVER_HTTP_PORT": str(port),
            "MLSERVER_GRPC_PORT": str(find_free_port()),
            "MLSERVER_METRICS_PORT": str(find_free_port()),
            "MLSERVER_PARALLEL_WORKERS": "0",
            "MLSERVER_DEBUG": "false",
            "OMP_NUM_THREADS": "1",
        }

    def build_request(body: bytes) -> PostRequest:
        text = (
            encode_matrix_v2(body)
            if image == "xgboost"
            else encode_records_v2([*NUMBERS, *WORDS], body)
        )
        return PostRequest("/v2/models/model/infer", text, {"Content-Type": "application/json"})

    return ServerSpec(
        f"{MLSERVER} {image}",
        lambda _: [program, "start", folder],
        environment,
        "/v2/models/model/ready",
        build_request,
        read_v2,
    )


def _write_mlserver_folder(image: str, work: Workload) -> Path:
    folder = work.folder / "mlserver" / image
    folder.mkdir(parents=True, exist_ok=True)
    source = work.booster if image == "xgboost" else work.transformer
    model = shutil.copy(source, folder / source.name)
    settings = {
        "name": "model",
        "implementation": _RUNTIMES[image],
        "parameters": {"uri": str(model)},
    }
    (folder / "model-settings.json").write_text(json.dumps(settings), encoding="utf-8")
    return folder
