"""What the stories share: the engines they run on, and the house-price pipeline, trained once."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import docker
import duckdb  # noqa: F401 - DuckDB's library is loaded first: late, in a thread, it ended a worker
import hypothesis
import pytest
import xdist
from xdist.remote import Producer

from examples.house_prices import data
from examples.house_prices.data import Split
from examples.house_prices.workflow import FEATURES
from local_test import jobs
from local_test import settings as surroundings
from local_test.endpoints import Endpoint, Stage
from local_test.engines import Engine, discard_line, select_engine
from local_test.engines.docker_engine.client import connect
from local_test.errors import LocalError
from local_test.jobs import Channel, TrainingJob, TransformJob
from tests.spreading import ByFileAndEngine

IMAGES = ("preprocessor", "xgboost")
NO_DOCKER = "no Docker engine with both images: start dockerd, then `make base-image build`"

TRANSFORM = {"target": data.TARGET, "columns": '{"MSSubClass": "category"}'}
# Gamma deviance answers in dollars without a third container, which the demo has.
BOOSTER = {
    "objective": "reg:gamma",
    "num_round": "1500",
    "eta": "0.03",
    "max_depth": "3",
    "subsample": "0.6",
    "colsample_bytree": "0.2",
    "eval_metric": "rmsle",
    "nthread": "1",
}


# OpenMP's threads spin while they wait, by default: beside other tests, which want the processors,
# a story of training took five times as long. The workers of `make test` start with this; without
# workers the libraries that read it are loaded before.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# A busy machine is slow for reasons that no example has. CI judges a commit by the same examples
# each time; every other run looks at new ones.
hypothesis.settings.register_profile(
    "patient",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
    derandomize="CI" in os.environ,
)
hypothesis.settings.load_profile("patient")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFileAndEngine:
    """Spread the stories over several workers, where `-n` asks for them."""
    return ByFileAndEngine(config, log)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in one line how to get the stories that were skipped for want of Docker."""
    skipped = terminalreporter.stats.get("skipped", [])
    stories = [report for report in skipped if "docker" in report.keywords]
    if stories:
        terminalreporter.write_line(f"{len(stories)} Docker stories skipped: {NO_DOCKER}")
    for report in skipped:
        if report not in stories:
            terminalreporter.write_line(f"skipped: {report.nodeid}: {report.longrepr[2]}")


def absent(sentence: str) -> NoReturn:
    """Skip, or fail where TANDEM_REQUIRE_DOCKER=1 says that Docker must be there."""
    if os.environ.get("TANDEM_REQUIRE_DOCKER") == "1":
        pytest.fail(sentence)
    pytest.skip(sentence)


def docker_engine() -> Engine:
    """Give the Docker engine with both images."""
    try:
        found = select_engine("docker", IMAGES)
        for image in IMAGES:
            found.read_labels(image)
    except LocalError as error:
        absent(f"{NO_DOCKER} ({error})")
    return found


@pytest.fixture(scope="session")
def docker_client() -> Iterator[docker.DockerClient]:
    """The engine itself, for tests that look at an image or a registry."""
    with ExitStack() as stack:
        try:
            client = stack.enter_context(connect(surroundings.read_settings()))
        except LocalError as error:
            absent(f"{NO_DOCKER} ({error})")
        yield client


@pytest.fixture(
    scope="session", params=["process", pytest.param("docker", marks=pytest.mark.docker)]
)
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each engine in turn: the same stories run on both."""
    return docker_engine() if request.param == "docker" else select_engine("process")


def tell_once(engine: Engine, reason: str) -> None:
    """Where both engines must be there, tell a story with the real images alone."""
    if engine.name == "process" and os.environ.get("TANDEM_REQUIRE_DOCKER") == "1":
        pytest.skip(f"{reason}: told on Docker alone")


@pytest.fixture(scope="session")
def images_alone(engine: Engine) -> None:
    """Mark what the images do by themselves, whichever engine runs them.

    That each engine runs them alike is told by the stories of training and serving, on both.
    """
    tell_once(engine, "the engine makes no difference")


@dataclass(frozen=True)
class Pipeline:
    """The trained house-price pipeline: two model archives and the data they came from."""

    engine: Engine
    split: Split
    features: Path
    transform: Path
    booster: Path

    @property
    def stages(self) -> Sequence[Stage]:
        """Both containers, in order."""
        return [Stage("preprocessor", self.transform), Stage("xgboost", self.booster)]

    def records(self, count: int) -> list[bytes]:
        """Give held-out raw records, one CSV line each."""
        text = self.split.records.head(count).to_csv(header=False, index=False, na_rep="NA")
        return text.encode().splitlines(keepends=True)


@pytest.fixture(scope="session")
def pipeline(
    request: pytest.FixtureRequest, engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> Pipeline:
    """Fit, transform and train, once an engine: the worker that needs it first does it for all."""
    own = tmp_path_factory.mktemp(f"house-prices-{engine.name}")
    split = data.split(data.fetch(), own / "data")
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if xdist.is_xdist_worker(request) else base) / f"shared-{engine.name}"
    with folder.with_suffix(".making").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            train_pipeline(engine, split, folder)
    features, transform = folder / "features" / "train.csv.out", folder / "a" / "model.tar.gz"
    return Pipeline(engine, split, features, transform, folder / "b" / "model.tar.gz")


def train_pipeline(engine: Engine, split: Split, folder: Path) -> None:
    """Train both models below `folder`, anew where an earlier attempt failed."""
    shutil.rmtree(folder, ignore_errors=True)
    train(engine, "preprocessor", {"train": split.train}, TRANSFORM, folder / "a")
    stages = [Stage("preprocessor", folder / "a" / "model.tar.gz")]
    batch = TransformJob(stages, split.train.parent, "text/csv", FEATURES)
    jobs.transform(batch, folder / "features", engine, logs=discard_line).raise_for_status()
    features = folder / "features" / "train.csv.out"
    train(engine, "xgboost", {"train": features}, BOOSTER, folder / "b", FEATURES)
    (folder / "complete").touch()


@pytest.fixture(scope="session")
def endpoint(pipeline: Pipeline) -> Iterator[Endpoint]:
    """The house-price pipeline, serving."""
    with Endpoint(pipeline.stages, pipeline.engine, logs=discard_line) as running:
        yield running


def train(
    engine: Engine,
    image: str,
    channels: dict[str, Path],
    hyperparameters: dict[str, str],
    output: Path,
    content_type: str = "text/csv",
) -> jobs.TrainingResult:
    """Run a training job that must complete."""
    given = [Channel(name, path, content_type) for name, path in channels.items()]
    job = TrainingJob(image, given, hyperparameters)
    result = jobs.train(job, output, engine, logs=discard_line)
    result.raise_for_status()
    return result
