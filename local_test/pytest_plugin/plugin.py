"""Options and fixtures: what pytest loads by the entry point `local_sagemaker`.

pytest imports this module in every run of an environment that has it, so all else is imported by
the fixtures.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Literal, NoReturn, get_args

import pytest

if TYPE_CHECKING:
    from local_test.pytest_plugin.hosting import EndpointDeployer
    from local_test.pytest_plugin.service import SageMakerService
    from local_test.pytest_plugin.training import TrainingJobRunner

_Scope = Literal["session", "package", "module", "class", "function"]
_Missing = Literal["skip", "fail"]
_ENGINES = ("auto", "docker", "process")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options; each has a setting of the same name in pytest's configuration file."""
    group = parser.getgroup("sagemaker", "local SageMaker")
    for name, choices, default, meaning in (
        ("engine", _ENGINES, "auto", "what runs containers"),
        ("scope", get_args(_Scope), "session", "how long one service and its state last"),
        ("missing_engine", get_args(_Missing), "skip", "what tests do where no Docker answers"),
        ("region", None, "us-east-1", "AWS region of the clients"),
    ):
        words = f"{meaning} ({', '.join(choices or ())})" if choices else meaning
        option = f"--sagemaker-{name.replace('_', '-')}"
        group.addoption(option, choices=choices, metavar="X", help=f"{words}; default: {default}")
        parser.addini(f"sagemaker_{name}", words, default=default)


def pytest_configure(config: pytest.Config) -> None:
    """Refuse settings that are no choice; raises pytest.UsageError."""
    for name, choices in (
        ("engine", _ENGINES),
        ("scope", get_args(_Scope)),
        ("missing_engine", get_args(_Missing)),
    ):
        value = _read_option(config, name)
        if value not in choices:
            raise pytest.UsageError(
                f"sagemaker_{name} is {value!r}; choose one of {', '.join(choices)}"
            )


def _read_option(config: pytest.Config, name: str) -> str:
    given = config.getoption(f"sagemaker_{name}")
    return str(config.getini(f"sagemaker_{name}") if given is None else given)


def _read_scope(fixture_name: str, config: pytest.Config) -> _Scope:  # noqa: ARG001
    scopes: tuple[_Scope, ...] = get_args(_Scope)
    return next(scope for scope in scopes if scope == _read_option(config, "scope"))


@pytest.fixture(scope=_read_scope)
def sagemaker_service(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator["SageMakerService"]:
    """Run a local SageMaker with state of its own; AWS clients use it while it runs."""
    from local_test.engines import ENGINE_NAMES, select_engine
    from local_test.errors import EngineError
    from local_test.pytest_plugin.client_variables import set_client_variables
    from local_test.pytest_plugin.service import SageMakerService
    from local_test.pytest_plugin.service_process import run_service_process

    wanted = _read_option(pytestconfig, "engine")
    engine = next(name for name in ENGINE_NAMES if name == wanted)
    if engine == "docker":
        try:
            select_engine(engine)
        except EngineError as error:
            _leave_out(_read_option(pytestconfig, "missing_engine"), str(error))
    region = _read_option(pytestconfig, "region")
    folder = tmp_path_factory.mktemp("sagemaker")
    state, log = folder / "state", folder / "service.log"
    with ExitStack() as stack:
        url = stack.enter_context(run_service_process(state, engine, log)).url
        service = SageMakerService(url, region, engine, state, log)
        stack.callback(service.close)
        stack.enter_context(set_client_variables(url, region, service.bucket, folder))
        yield service


def _leave_out(missing: str, reason: str) -> NoReturn:
    if missing == "fail":
        pytest.fail(f"the Docker engine is required: {reason}", pytrace=False)
    pytest.skip(f"no Docker engine: {reason}")


@pytest.fixture(scope=_read_scope)
def training_job(sagemaker_service: "SageMakerService") -> "TrainingJobRunner":
    """Return a function that runs a training job of an image, channels, hyperparameters."""
    from local_test.pytest_plugin.training import TrainingJobRunner

    return TrainingJobRunner(sagemaker_service)


@pytest.fixture(scope=_read_scope)
def endpoint(sagemaker_service: "SageMakerService") -> Iterator["EndpointDeployer"]:
    """Yield a function that deploys models; endpoints are deleted at the end of the scope."""
    from local_test.pytest_plugin.hosting import EndpointDeployer

    deployer = EndpointDeployer(sagemaker_service)
    yield deployer
    deployer.close()
