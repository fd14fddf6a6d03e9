"""Programs in a container with a limit of memory, beyond which the kernel ends them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import docker
from docker.errors import DockerException

from benchmarks.harness.benchmark import Figures
from benchmarks.harness.process_usage import LAUNCHER, BenchmarkFailed
from local_test.engines.docker_engine.client import find_container_user
from local_test.engines.image_names import to_image_reference


def measure_in_container(
    image: str,
    command: Sequence[str],
    volumes: Mapping[Path, str],
    environment: Mapping[str, str],
    limit: int,
) -> Figures:
    """Run a program of an image: `seconds`, `cpu_seconds`, and `peak_mb`, its own resident set's.

    `limit` is in bytes, and there is no swap. Raises BenchmarkFailed without Docker or the image,
    and when the program fails.
    """
    try:
        client = docker.from_env()
    except DockerException as error:
        raise BenchmarkFailed(f"no Docker: {error}") from error
    try:
        made = client.containers.run(
            to_image_reference(image),
            ["/launch.py", *command],
            entrypoint="python3",
            # What the program used is the last line of its log.
            environment={**environment, "TANDEM_BENCH_FD": "1"},
            detach=True,
            network_mode="none",
            user=find_container_user(client),
            volumes={
                str(path): {"bind": place, "mode": "rw,z"}
                for path, place in {**volumes, LAUNCHER: "/launch.py"}.items()
            },
            mem_limit=limit,
            memswap_limit=limit,
        )
        try:
            made.wait(timeout=7200)
            lines = made.logs(tail=20).splitlines()
        finally:
            made.remove(force=True, v=True)
    except DockerException as error:
        raise BenchmarkFailed(f"{image} did not run: {error}") from error
    finally:
        client.close()
    used: dict[str, float] = json.loads(lines[-1]) if lines[-1:] and lines[-1][:1] == b"{" else {}
    if used.pop("code", -1):
        last = b"\n".join(lines).decode(errors="replace")
        raise BenchmarkFailed(f"{command[0]} failed: {last}")
    return used
