"""What goes from one container of an endpoint to the next.

The platform asks a container that stands before another one for nothing in particular, and the
media type is all that reaches the next one beside the body ("Inference Pipelines", Developer
Guide). So features travel as an NPY array, which is the cheapest form that keeps every bit, or,
where a row has few of many features, as the few, so that a thousand rows fit into a request. A
fingerprint of their names travels as a parameter of its media type.
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
    """What a model answers when nobody asks for a form, and the fingerprint it wants to see.

    `accept` is that form: the setting, else NPY for features in an endpoint of several containers
    (sparse recordio-protobuf where most of them are missing), else CSV.
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
        """Raise BadData when a body's media type vouches for other features than the model's."""
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
        """Return the content type of an answer: nobody asked, so the fingerprint may go along."""
        if self._handoff_type is None or result.label is not None:
            return media_type
        is_chosen = accept is not None and accept.strip() not in {"", "*/*"}
        return media_type if is_chosen else self._handoff_type
