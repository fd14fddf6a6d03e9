"""Trains and serves with one image in containers, with a GPU or without."""

import json
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import docker
import numpy as np
import numpy.typing as npt
import urllib3
from docker.models.containers import Container
from docker.types import DeviceRequest

from benchmarks.harness.process_usage import LAUNCHER
from scripts.checkout.shell import Failure
from scripts.gpu_check.data import write_job

CPU, CUDA = "cpu", "cuda"
_PORT, _START_SECONDS, _PAUSE_SECONDS = "8080/tcp", 60.0, 0.1
_USED = "/opt/ml/output/used.json"


@dataclass(frozen=True)
class Image:
    """An image of this engine, and the folder with the rows that it trains on."""

    client: docker.DockerClient
    name: str
    rows: Path
    rounds: int

    def read_build_info(self) -> Mapping[str, object]:
        """Return what XGBoost in the image says of its build. Raises Failure when it is none."""
        program = "import json, xgboost; print(json.dumps(xgboost.build_info()))"
        with self._start(CPU, self.rows, ["python3", "-c", program]) as container:
            code = container.wait()["StatusCode"]
            log = container.logs(stderr=bool(code)).decode(errors="replace")
        if code:
            raise Failure(f"XGBoost cannot be imported in {self.name}: {log.strip()}")
        info: dict[str, object] = json.loads(log)
        return info

    def train(self, device: str, tree: Path, *, gpus: bool = True) -> Mapping[str, float]:
        """Train into a tree: `seconds`, `cpu_seconds` and `peak_mb` of the program.

        Without `gpus` the container gets none, whatever the device. Raises Failure with the end of
        the log when the training fails.
        """
        shutil.rmtree(tree, ignore_errors=True)
        write_job(tree, Path("/rows"), device, self.rounds)
        command = f"exec python3 /launcher.py tandem-xgboost train 3> {_USED}"
        given = device if gpus else CPU
        with self._start(given, tree, ["sh", "-c", command]) as container:
            code = container.wait()["StatusCode"]
            log = container.logs(tail=5).decode(errors="replace")
        text = (tree / "output" / "used.json").read_text() if not code else ""
        used: dict[str, float] = json.loads(text or '{"code": 1}')
        if used.pop("code"):
            raise Failure(f"training with device={device} in {self.name} failed: {log.strip()}")
        return used

    def predict(
        self, device: str, tree: Path, rows: npt.NDArray[np.float32]
    ) -> npt.NDArray[np.float64]:
        """Serve the model of a tree and return its predictions, of shape (rows,)."""
        body = "\n".join(",".join(map(repr, row)) for row in rows.tolist())
        with self._start(device, tree, ["tandem-xgboost", "serve"]) as container:
            url = self._wait(container)
            answer = urllib3.request(
                "POST", f"{url}/invocations", body=body, headers={"Content-Type": "text/csv"}
            )
        if answer.status != 200:
            raise Failure(f"{self.name} answers with {answer.status}: {answer.data[:300]!r}")
        return np.array(answer.data.split(), dtype=np.float64)

    def _wait(self, container: Container) -> str:
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until:
            container.reload()
            ports = container.ports.get(_PORT)
            if container.status == "exited":
                break
            if ports:
                url = f"http://127.0.0.1:{ports[0]['HostPort']}"
                try:
                    if urllib3.request("GET", f"{url}/ping", retries=False).status == 200:
                        return url
                except urllib3.exceptions.HTTPError:
                    pass
            time.sleep(_PAUSE_SECONDS)
        log = container.logs(tail=5).decode(errors="replace")
        raise Failure(f"{self.name} does not serve: {log.strip()}")

    @contextmanager
    def _start(self, device: str, tree: Path, command: list[str]) -> Iterator[Container]:
        gpus = [DeviceRequest(count=-1, capabilities=[["gpu"]])] if device == CUDA else []
        places = {tree: "/opt/ml", self.rows: "/rows", LAUNCHER: "/launcher.py"}
        container = self.client.containers.run(
            self.name,
            command[1:],
            entrypoint=command[0],
            detach=True,
            device_requests=gpus,
            environment={"TANDEM_BENCH_FD": "3"},
            ports={_PORT: ("127.0.0.1", 0)},
            volumes=[f"{source.resolve()}:{target}" for source, target in places.items()],
        )
        try:
            yield container
        finally:
            container.remove(force=True)
