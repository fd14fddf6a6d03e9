"""A container that Docker kills as its memory ran out says so in the diagnosis."""

import pytest

from local_test import settings
from local_test.endpoints.health import check_running
from local_test.engines.docker_engine.client import connect
from local_test.engines.docker_engine.container import DockerContainer
from local_test.engines.protocol import LogSink
from local_test.errors import ContainerError
from tests.local_test.conftest import Log

GREEDY = "x = [bytearray(1 << 20) for _ in range(4096)]"


@pytest.mark.docker
@pytest.mark.usefixtures("docker_images")
def test_docker_says_that_memory_ran_out(log: Log) -> None:
    sink: LogSink = log
    with connect(settings.read_settings()) as client:
        made = client.containers.create(
            "tandem-standin",
            ["-c", GREEDY],
            entrypoint=["python3"],
            mem_limit="64m",
            memswap_limit="64m",
        )
        try:
            made.start()
            container = DockerContainer("algo-1", made, "127.0.0.1:1", sink)
            assert container.wait(60) == 137
            assert container.out_of_memory
            with pytest.raises(ContainerError, match=r"by SIGKILL because memory ran out \(OOM\)"):
                check_running([container])
        finally:
            made.remove(force=True)
