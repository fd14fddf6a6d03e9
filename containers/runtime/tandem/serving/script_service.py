"""The service of a script: its functions answer, behind the same routes as a model."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any

from werkzeug.wrappers import Response

from tandem.codecs import content_negotiation
from tandem.contract import settings as surroundings
from tandem.contract.entry_point import PICKLES, EntryPoint, read_trained_by
from tandem.contract.paths import Paths
from tandem.contract.settings import Settings
from tandem.errors import BadData
from tandem.logs import logger
from tandem.script import code_import, encoders, requirements, sklearn_compat, source_dir
from tandem.script import inference_functions as scripts
from tandem.script.error_boundary import ScriptErrorBoundary
from tandem.script.inference_functions import DefaultFunctions, InferenceFunctions
from tandem.serving.metrics import Metrics
from tandem.serving.model_service import (
    ServiceResponse,
    make_execution_parameters,
    make_too_large_error,
)
from tandem.serving.server_timing import ServerTiming

_RAW_TYPES = str | bytes | bytearray | memoryview
_OFFERED_TYPES = (encoders.JSON, encoders.CSV, encoders.NPY)


@dataclass(frozen=True)
class LoadedScript:
    """A loaded script and its model."""

    functions: InferenceFunctions
    model: Any

    def make_service(self, settings: Settings, workers: int, metrics: Metrics) -> ScriptService:
        """Return the service that runs this script."""
        return ScriptService(self, settings, workers, metrics)


def load_script(
    program: EntryPoint, folder: Path, settings: Settings, defaults: DefaultFunctions | None = None
) -> LoadedScript:
    """Import the script and load its model from `folder`.

    `defaults` replace the functions that the script does not define. Raises UserError when the code
    or a function is missing, and ScriptError when the script's own code fails.
    """
    surroundings.limit_to_one_thread()
    code = source_dir.locate_code(program, Paths(settings.base_dir), settings.archive_limit())
    packages = requirements.install(code)
    pickles = sorted(path.name for path in folder.iterdir() if path.suffix in PICKLES)
    logger.info("script mode: %s serves, from %s", program.name, code)
    if pickles:
        logger.warning(
            "script mode: loading %s runs code from the file; serve only what you trust",
            ", ".join(pickles),
        )
    sklearn_compat.support_older_scripts(logger.warning)
    with ScriptErrorBoundary(program.name, "the import", starting=True):
        module = code_import.import_file(code, program.name, packages, read_trained_by(folder))
    functions = scripts.find_functions(module, program.name, defaults)
    with ScriptErrorBoundary(program.name, "model_fn", starting=True):
        return LoadedScript(functions, functions.model_fn(str(folder)))


class ScriptService:
    """The service of a script: one request at a time, as scripts expect it."""

    def __init__(
        self, script: LoadedScript, settings: Settings, workers: int, metrics: Metrics
    ) -> None:
        self._functions = script.functions
        self._model = script.model
        self._accept = settings.default_accept or encoders.JSON
        self._workers = workers
        self._one_at_a_time = threading.Lock()
        self._timing = ServerTiming("script", sends_header=settings.server_timing, metrics=metrics)
        self.limit = settings.payload_limit()

    def invoke(
        self,
        content_type: str | None,
        accept: str | None,
        body: bytes,
        _outputs: Sequence[str] = (),
    ) -> ServiceResponse:
        """Return the response to one request.

        Raises UserError when the request is invalid, and ScriptError when the script fails.
        """
        if self.limit is not None and len(body) > self.limit:
            raise make_too_large_error(self.limit)
        request_type, parameters = content_negotiation.parse(content_type or encoders.JSON)
        response_type = self._choose_accept(accept)
        with self._one_at_a_time:
            start = perf_counter()
            data = _decode_text(body, parameters) if request_type in encoders.TEXT_TYPES else body
            decoded = perf_counter()
            result = self._functions.transform(self._model, data, request_type, response_type)
            called = perf_counter()
            response = _make_response(result, response_type, self._functions.name)
            encoded = perf_counter()
        if not 200 <= response.status < 300:
            return response
        return replace(response, headers=self._timing.record(start, decoded, called, encoded))

    def execution_parameters(self) -> ServiceResponse:
        """Return the result of the script's `execution_parameters_fn`, or the server's default."""
        function = self._functions.execution_parameters_fn
        if function is None:
            return make_execution_parameters(self.limit, self._workers)
        with ScriptErrorBoundary(self._functions.name, "execution_parameters_fn"):
            return _make_response(function(), encoders.JSON, self._functions.name)

    def warm_up(self) -> None:
        """Do nothing: the requests of a script are unknown."""

    def _choose_accept(self, accept: str | None) -> str:
        if not accept or accept.strip() == "*/*":
            return self._accept
        if "," not in accept and ";" not in accept and "*" not in accept:
            return accept.strip().lower()
        offered = dict.fromkeys([self._accept, *_OFFERED_TYPES])
        chosen = content_negotiation.choose_best(accept, list(offered))
        return (chosen or content_negotiation.parse(accept.split(",")[0]))[0]


def _decode_text(body: bytes, parameters: Mapping[str, str]) -> str:
    charset = parameters.get("charset", "utf-8")
    try:
        return body.decode(charset)
    except (LookupError, UnicodeDecodeError) as error:
        raise BadData(f"the body is not text in {charset}") from error


def _make_response(result: Any, accept: str, script: str) -> ServiceResponse:
    if isinstance(result, Response):
        return ServiceResponse(result.status_code, result.content_type or accept, result.get_data())
    if isinstance(result, tuple) and len(result) == 2 and isinstance(result[1], str):
        result, accept = result
    if isinstance(result, Response):
        return ServiceResponse(result.status_code, accept, result.get_data())
    with ScriptErrorBoundary(script, "the answer"):
        body = result if isinstance(result, _RAW_TYPES) else encoders.encode(result, accept)
    return ServiceResponse(200, accept, body.encode() if isinstance(body, str) else bytes(body))
