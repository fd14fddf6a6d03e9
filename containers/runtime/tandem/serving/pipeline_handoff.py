"""The hand-over of features from one container of an inference pipeline to the next.

The platform sends no Accept header to a container that another one follows, and passes on only the
body and its media type ("Inference Pipelines", Developer Guide). So features are sent as an NPY
array, the cheapest format that keeps every bit, or as sparse rows where most features are missing,
so that a thousand rows fit into a request. A fingerprint of the feature names is sent as a
parameter of the media type.
"""

from __future__ import annotations

from collections.abc import Mapping

from tandem.algorithm import Featurizer, Model, SparseFeaturizer
from tandem.contract.settings import Settings
from tandem.data.column_names import hash_names
from tandem.data.schema.matrix_schema import MatrixSchema
from tandem.data.tables import Table
from tandem.errors import BadData

COLUMNS = "columns"
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

    def choose_content_type(self, accept: str | None, media_type: str, result: Table) -> str:
        """Return a response's content type: with the fingerprint if no Accept header chose one."""
        if self._handoff_type is None or result.label is not None:
            return media_type
        is_chosen = accept is not None and accept.strip() not in {"", "*/*"}
        return media_type if is_chosen else self._handoff_type
