"""The hand-over of features from one container of an inference pipeline to the next.

The platform sends no Accept header to a container that another one follows, and passes on only the
body and its media type ("Inference Pipelines", Developer Guide). So features are sent as an NPY
array, the cheapest format that keeps every bit, or as sparse rows where most features are missing,
so that a thousand rows fit into a request. A fingerprint of the feature names is sent as a
parameter of the media type.

Where a request asks for an explanation, the media type also carries the name of that output and the
raw columns of the features: the header that names outputs reaches the first container alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from tandem.algorithm import Featurizer, Model, SourcedFeaturizer, SparseFeaturizer
from tandem.contract.settings import Settings
from tandem.contract.value_types import words
from tandem.data.column_names import hash_names
from tandem.data.schema.matrix_schema import MatrixSchema
from tandem.data.tables import Table
from tandem.errors import BadData, UserError

COLUMNS, OUTPUT = "columns", "output"
# The output of the model behind the features: the prediction and its attributions.
EXPLANATION = "explanation"
# Servers read header fields of 8,190 bytes (gunicorn, `limit_request_field_size`).
_MOST_CHARACTERS = 7_500
_JSON = "application/json"
_ALONE, _BETWEEN, _SPARSE = "text/csv", "application/x-npy", "application/x-recordio-protobuf"


class PipelineHandoff:
    """The default response type, and the check that upstream features are the model's.

    `accept` is the media type of responses to requests without an Accept header: the setting, else
    NPY for features in an inference pipeline (recordio-protobuf for sparse ones), else CSV.
    """

    def __init__(self, model: Model, settings: Settings) -> None:
        features = model.features if isinstance(model, Featurizer) else None
        hands_on = features is not None and settings.in_pipeline and settings.default_accept is None
        between = _SPARSE if isinstance(model, SparseFeaturizer) and model.sparse else _BETWEEN
        self.accept = settings.default_accept or (between if hands_on else _ALONE)
        self._handoff_type = (
            f"{between}; {COLUMNS}={hash_names(features)}" if hands_on and features else None
        )
        self._sources = model.sources if hands_on and isinstance(model, SourcedFeaturizer) else None
        schema = model.schema
        names = schema.names if isinstance(schema, MatrixSchema) else None
        self._fingerprint = hash_names(names) if names else None

    def check_features(self, parameters: Mapping[str, str]) -> None:
        """Raise BadData when the fingerprint in a body's media type is not the model's."""
        if (
            self._fingerprint is not None
            and parameters.get(COLUMNS, self._fingerprint) != self._fingerprint
        ):
            raise BadData(
                "the features are not those of the model, or not in its order: the transform before"
                " this model is another one than the one that made its training data",
                remedy="Put the two that belong together into the endpoint, or train again",
            )

    @property
    def offered(self) -> Sequence[str]:
        """The outputs that the next container is asked for in the name of the client."""
        return () if self._sources is None else (EXPLANATION,)

    def choose_accept(self, parameters: Mapping[str, str]) -> str:
        """Return the media type of the response to a request without an Accept header.

        It is JSON, which the inverse stage reads, where the container before asks for outputs.
        """
        return _JSON if OUTPUT in parameters else self.accept

    def choose_content_type(
        self, accept: str | None, media_type: str, result: Table, outputs: Sequence[str]
    ) -> str:
        """Return a response's content type: with the fingerprint if no Accept header chose one.

        Raises UserError when the explanation is asked for and the response is not for the next
        container.
        """
        is_chosen = accept is not None and accept.strip() not in {"", "*/*"}
        asked = EXPLANATION in outputs and self._sources is not None
        if self._handoff_type is None or result.label is not None or is_chosen:
            if asked:
                raise UserError(
                    "these features are not for the next container, which would explain them",
                    remedy="Send no Accept header and no label, or TANDEM_LABEL=drop",
                )
            return media_type
        return f"{self._handoff_type}; {self._request}" if asked else self._handoff_type

    @cached_property
    def _request(self) -> str:
        """The parameters that ask the next container for an explanation by raw column."""
        if self._sources is None:
            return ""
        text = f"{OUTPUT}={EXPLANATION}; {self._sources.to_parameters()}"
        if len(text) > _MOST_CHARACTERS:
            raise UserError(
                f"the names of {len(self._sources.columns)} raw columns take more than a header"
                " field, so the next container cannot explain by them",
                remedy="Send features to the model itself, which explains by feature",
            )
        return text


def read_outputs(parameters: Mapping[str, str]) -> tuple[str, ...]:
    """Return the outputs that the container before asks for in the media type of its features."""
    return words().parse(parameters.get(OUTPUT, ""))
