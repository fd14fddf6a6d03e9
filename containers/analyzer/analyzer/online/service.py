"""The server of the explainer: one route, whose body names the step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from analyzer.online.explainer import Explainer
from analyzer.online.explainer_config import read_config
from tandem import logs
from tandem._version import __version__
from tandem.contract import settings as surroundings
from tandem.contract.exit_status import ExitStatus
from tandem.contract.paths import Paths
from tandem.contract.settings import Settings
from tandem.contract.sigterm import exit_on_sigterm
from tandem.errors import BadData
from tandem.logs import logger
from tandem.serving.metrics import Metrics
from tandem.serving.model_service import ServiceResponse, make_execution_parameters
from tandem.serving.server import run_server

_JSON = "application/json"


def serve() -> int:
    """Serve until SIGTERM. Return the exit code when the configuration is invalid."""
    report = ExitStatus()
    with report:
        environment = surroundings.read()
        logs.configure(int(environment.log_level))
        exit_on_sigterm()
        explainer = Explainer(read_config(Paths(environment.base_dir).model))
        logger.info("analyzer %s: explaining requests", __version__)
        run_server(LoadedExplainer(explainer), environment)
    return report.exit_code


@dataclass(frozen=True)
class LoadedExplainer:
    """An explainer with its configuration."""

    explainer: Explainer

    def make_service(self, settings: Settings, workers: int, _metrics: Metrics) -> ExplainerService:
        """Return the service of this explainer."""
        return ExplainerService(self.explainer, settings.payload_limit(), workers)


class ExplainerService:
    """The service of an explainer; `limit` is the largest body in bytes."""

    def __init__(self, explainer: Explainer, limit: int | None, workers: int) -> None:
        self._steps = {
            "select": explainer.select,
            "plan": explainer.plan,
            "explain": explainer.explain,
        }
        self._workers = workers
        self.limit = limit

    def invoke(
        self,
        _content_type: str | None,
        _accept: str | None,
        body: bytes,
        _outputs: Sequence[str] = (),
    ) -> ServiceResponse:
        """Run the step that a body names. Raises BadData when it is no message of the platform."""
        try:
            message = orjson.loads(body)
            step = self._steps[message["step"]]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            raise BadData("the body is no message to the explainer") from None
        return ServiceResponse(200, _JSON, orjson.dumps(step(message)))

    def execution_parameters(self) -> ServiceResponse:
        """Return the response to `GET /execution-parameters`."""
        return make_execution_parameters(self.limit, self._workers)

    def warm_up(self) -> None:
        """Do nothing: all modules are imported."""
