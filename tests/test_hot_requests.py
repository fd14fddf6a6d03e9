"""What answering one row may cost a worker: counted, not timed, in a process of its own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.golden import serving as golden
from tests.hot_requests import Count
from tests.preprocessor.training_jobs import make_houses, train_job

# Functions of Python and of C that are called from one look at the sockets to the next. Raise one
# only for what is worth it: the calls are most of what a row costs beside the model.
CALLS = {"booster": 205, "preprocessor": 175}
# What asks something of the system.
SYSTEM = {"socket", "epoll", "posix", "select", "FileIO", "TextIOWrapper", "BufferedWriter"}


@dataclass(frozen=True)
class Counted:
    """What the program says of an image's package."""

    package: str
    count: Count

    @property
    def calls(self) -> dict[str, int]:
        """The functions a request calls, each with how often."""
        often, calls = self.count.turns[0]
        assert often >= 90, f"requests are not alike: {self.count.turns}"
        return calls


@pytest.fixture(scope="module", params=list(CALLS))
def counted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Counted:
    folder = tmp_path_factory.mktemp("hot")
    make = {"booster": boosted, "preprocessor": transformed}[request.param]
    done = subprocess.run(
        [sys.executable, "-m", "tests.hot_requests", request.param, *make(folder)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return Counted(request.param, Count(**json.loads(done.stdout.splitlines()[-1])))


def boosted(folder: Path) -> list[str]:
    """Give a model's folder and a row of it."""
    shutil.copyfile(golden.FOLDER / "reg-squarederror.ubj", folder / "xgboost-model")
    return [str(folder), golden.CSV.decode().splitlines()[0]]


def transformed(folder: Path) -> list[str]:
    table = make_houses()
    model = train_job(folder, table, {"target": "SalePrice"}).model
    return [str(model), ",".join(table.iloc[0, :-1].tolist())]


def test_a_request_calls_no_more_functions_than_it_may(counted: Counted) -> None:
    calls, most = counted.calls, CALLS[counted.package]
    told = [
        f"{often:4} {name}"
        for name, often in sorted(calls.items(), key=lambda one: (-one[1], one[0]))
    ]
    total = sum(calls.values())
    assert total <= most, f"{total} functions are called, and {most} may be:\n" + "\n".join(told)


def test_a_request_is_one_wait_one_read_and_one_write(counted: Counted) -> None:
    asked = {n: often for n, often in counted.calls.items() if n.partition(".")[0] in SYSTEM}
    assert asked == {"epoll.poll": 1, "socket.recv": 1, "socket.send": 1}


def test_a_thousand_requests_leave_nothing_in_memory(counted: Counted) -> None:
    blocks = counted.count.blocks
    assert abs(blocks) < 100, f"{blocks} blocks more are in use after 1000 requests more"
