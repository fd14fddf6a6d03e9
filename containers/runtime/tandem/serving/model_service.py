"""The service of a model, without any transport: content type, Accept and body in, response out.

Flask and the fast path only pass bytes to and from `ModelService.invoke`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Protocol, runtime_checkable

from tandem import codecs
from tandem.algorithm import Featurizer, Model, SelectiveModel, WaitingModel
from tandem.codecs import magic
from tandem.contract.settings import MEGABYTE, Settings
from tandem.data import feature_sources
from tandem.data.tables import Table
from tandem.errors import BadData, PayloadTooLarge, TandemError, UserError
from tandem.logs import logger
from tandem.serving import output_selection, unusual_values
from tandem.serving.metrics import OFF, Metrics
from tandem.serving.pipeline_handoff import PipelineHandoff, read_outputs
from tandem.serving.server_timing import ServerTiming
from tandem.serving.unusual_values import UnusualValueLog

DEFAULT_CONTENT_TYPE = "text/csv"
# Megabytes in batch transform: of one request, SageMaker's default, and of all under way.
_PAYLOAD, _UNDER_WAY = 6, 100


@dataclass(frozen=True)
class ServiceResponse:
    """An HTTP response: status, content type, body and further headers."""

    status: int
    content_type: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class InferenceService(Protocol):
    """A service that answers requests; `limit` is the largest body in bytes."""

    limit: int | None

    def invoke(
        self, content_type: str | None, accept: str | None, body: bytes, outputs: Sequence[str] = ()
    ) -> ServiceResponse:
        """Return the response to one request. Raises UserError when the request is invalid."""

    def execution_parameters(self) -> ServiceResponse:
        """Return the response to `GET /execution-parameters`, for batch transform."""

    def warm_up(self) -> None:
        """Do work of the first request in advance."""


@runtime_checkable
class ServiceFactory(Protocol):
    """A loaded artifact with a service of its own, as a user's script is."""

    def make_service(self, settings: Settings, workers: int, metrics: Metrics) -> InferenceService:
        """Return the service of this artifact."""


LoadedArtifact = Model | ServiceFactory


def make_service(
    artifact: LoadedArtifact, settings: Settings, workers: int = 1, metrics: Metrics = OFF
) -> InferenceService:
    """Return the service of a loaded artifact."""
    if isinstance(artifact, ServiceFactory):
        return artifact.make_service(settings, workers, metrics)
    return ModelService(artifact, settings, workers, metrics)


class ModelService:
    """The service of a loaded model: formats, limits, outputs and timings."""

    def __init__(
        self, model: Model, settings: Settings, workers: int = 1, metrics: Metrics = OFF
    ) -> None:
        self._model = model
        self._handoff = PipelineHandoff(model, settings)
        self._workers = workers
        self._unusual_log = UnusualValueLog()
        self._metrics = metrics
        middle = "transform" if isinstance(model, Featurizer) else "predict"
        self._timing = ServerTiming(middle, sends_header=settings.server_timing, metrics=metrics)
        self._available_outputs = (
            model.offered if isinstance(model, SelectiveModel) else self._handoff.offered
        )
        self._default_outputs = settings.outputs
        self._drops_label = settings.label == "drop"
        self.waits = isinstance(model, WaitingModel) and model.waits
        self.limit = settings.payload_limit()
        codecs.find_encoder(None, self._handoff.accept)
        output_selection.check_outputs(self._default_outputs, self._available_outputs)

    def invoke(
        self,
        content_type: str | None,
        accept: str | None,
        body: bytes,
        outputs: Sequence[str] = (),
    ) -> ServiceResponse:
        """Return the response to one request; `outputs` names the outputs it asks for.

        Raises UserError when the request is invalid.
        """
        codec, parameters = codecs.find_decoder(content_type or _detect_content_type(body))
        encoder, media_type = codecs.find_encoder(accept, self._handoff.choose_accept(parameters))
        if not body:
            raise BadData("the body is empty", remedy="Send one row at least")
        if self.limit is not None and len(body) > self.limit:
            raise make_too_large_error(self.limit)
        outputs = outputs or read_outputs(parameters) or self._default_outputs
        output_selection.check_outputs(outputs, self._available_outputs)
        self._handoff.check_features(parameters)
        start = perf_counter()
        try:
            table = self._model.schema.read(codec.open_body(body, parameters))
        except BadData as error:
            mismatch = magic.find_mismatch(body, codec.media_types[0])
            if mismatch is None:
                raise
            raise mismatch from error
        if feature_sources.SOURCES in parameters:
            sources = feature_sources.read_parameters(parameters, table.numbers.shape[1])
            table = replace(table, sources=sources)
        decoded = perf_counter()
        result = self._predict(table, outputs)
        predicted = perf_counter()
        payload = codecs.encode_table(encoder, result)
        headers = self._timing.record(start, decoded, predicted, perf_counter())
        counts = result.counts or table.counts
        if counts is not None:
            self._unusual_log.add(counts)
            self._metrics.count_unusual(counts)
            headers = {**unusual_values.make_headers(counts), **headers}
        response_type = self._handoff.choose_content_type(accept, media_type, result, outputs)
        return ServiceResponse(200, response_type, payload, headers)

    def execution_parameters(self) -> ServiceResponse:
        """Return the response to `GET /execution-parameters`, for batch transform."""
        return make_execution_parameters(self.limit, self._workers)

    def _predict(self, table: Table, outputs: Sequence[str]) -> Table:
        if self._drops_label:
            table = replace(table, label=None)
        if outputs and isinstance(self._model, SelectiveModel):
            return self._model.select(table, outputs)
        return self._model.predict(table)

    def warm_up(self) -> None:
        """Predict one example row, so that the first request is as fast as others."""
        try:
            self._model.predict(self._model.example())
        except UserError as error:
            logger.warning("the row to begin with is refused: %s", error)


def _detect_content_type(body: bytes) -> str:
    """Return the content type that a body's first bytes indicate, or CSV."""
    format_ = magic.detect_format(body)
    return format_.media_type if format_ and format_.media_type else DEFAULT_CONTENT_TYPE


def make_execution_parameters(limit: int | None, workers: int) -> ServiceResponse:
    """Return the response to `GET /execution-parameters`; `limit` is in bytes.

    Each worker has one request in work and one on the way. With many workers the payloads are
    smaller, because SageMaker allows at most 100 MB for MaxConcurrentTransforms * MaxPayloadInMB.
    (Developer Guide, "Use Your Own Inference Code with Batch Transform".)
    """
    requests = min(2 * workers, _UNDER_WAY)
    most = _UNDER_WAY if limit is None else limit // MEGABYTE
    megabytes = max(1, min(_PAYLOAD, most, _UNDER_WAY // requests))
    parameters = {
        "MaxConcurrentTransforms": requests,
        "BatchStrategy": "MULTI_RECORD",
        "MaxPayloadInMB": megabytes,
    }
    return ServiceResponse(200, "application/json", json.dumps(parameters).encode())


def explain_error(error: TandemError) -> ServiceResponse:
    """Return the response to an error: short, without a stack trace or a part of the body."""
    return make_error_response(error.status, error.title, str(error), error)


def make_error_response(
    status: int, code: str, message: str, error: TandemError | None = None
) -> ServiceResponse:
    """Return a response with the JSON body that all errors have."""
    document: dict[str, str | int] = {"code": code, "message": message}
    if error is not None:
        place = {"row": error.where.row, "column": error.where.column}
        document |= {name: value for name, value in place.items() if value is not None}
    return ServiceResponse(status, "application/json", json.dumps(document).encode())


def make_too_large_error(limit: int) -> PayloadTooLarge:
    """Return the error for a body over the limit."""
    return PayloadTooLarge(
        f"the body is over the limit of {limit:,} bytes",
        remedy="Send fewer rows at a time, or raise MAX_CONTENT_LENGTH",
    )
