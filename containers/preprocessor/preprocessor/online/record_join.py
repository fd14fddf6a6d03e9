"""The input schema of a model some of whose columns are fetched where a request lacks them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property

from preprocessor.online.store_client import (
    FeatureStoreClient,
    IdentifierRefusedError,
    RecordQuery,
    StoreFailedError,
    Values,
)
from preprocessor.recipe.feature_groups import ERROR, FeatureGroup
from tandem.data.schema.record_schema import RecordSchema
from tandem.data.schema.row_source import RowSource
from tandem.data.tables import Cell, Records, Table
from tandem.data.text.canonical_form import normalize_word
from tandem.errors import BadData, FeaturesUnavailable, Location, join_words
from tandem.logs import logger

_SECONDS_BETWEEN_WARNINGS = 10.0

Columns = Mapping[str, Sequence[Cell]]


class WarningLimit:
    """Lets a warning through once in ten seconds."""

    def __init__(self) -> None:
        self._last = -_SECONDS_BETWEEN_WARNINGS

    def allow(self) -> bool:
        """Return whether the last warning was long ago, and count this one."""
        now = time.monotonic()
        allowed = now - self._last >= _SECONDS_BETWEEN_WARNINGS
        self._last = now if allowed else self._last
        return allowed


@dataclass(frozen=True)
class JoiningSchema(RecordSchema):
    """A schema that adds the columns of feature groups to requests without them.

    A column that a request has is left as it is.
    """

    sources: tuple[FeatureGroup, ...] = ()
    store: FeatureStoreClient = field(default_factory=lambda: FeatureStoreClient({}))
    warnings: WarningLimit = field(default_factory=WarningLimit)

    def read(self, source: RowSource) -> Table:
        """Read a body, with the columns that it lacks from the store.

        Raises BadData when the body does not fit the model, or an identifier has no record and the
        recipe refuses such rows. Raises FeaturesUnavailable when the store does not answer.
        """
        return self.to_table(self.join(self.read_records(source)))

    @cached_property
    def _read_sources(self) -> tuple[FeatureGroup, ...]:
        """The sources without the columns that the model does not read."""
        used = {one.name for one in self.fields}
        return tuple(
            replace(source, columns=tuple(pair for pair in source.columns if pair[0] in used))
            for source in self.sources
        )

    def join(self, records: Records) -> Records:
        """Return the records with the columns that they lack; raises what `read` raises."""
        names = self.clean_names(records.names or ())
        lacking = [_drop_columns(source, names) for source in self._read_sources]
        lacking = [source for source in lacking if source.columns]
        if not lacking or not records.rows:
            return records
        identifiers = [self._read_identifiers(source, names, records) for source in lacking]
        found = self._fetch(lacking, identifiers, records)
        columns: dict[str, Sequence[Cell]] = {}
        for source, cells, values in zip(lacking, identifiers, found, strict=True):
            columns |= _make_columns(source, cells, values, records)
        rows = zip(records.rows, zip(*columns.values(), strict=True), strict=True)
        return replace(
            records,
            rows=[(*row, *added) for row, added in rows],
            names=(*names, *columns),
        )

    def _read_identifiers(
        self, source: FeatureGroup, names: Sequence[str], records: Records
    ) -> list[Cell]:
        """Return the identifier of each row, "" for a missing one."""
        if source.identifier not in names:
            raise BadData(
                f"columns {join_words([repr(name) for name in source.names])} are not there, and"
                f" {source.identifier!r} is not either",
                where=Location(records.file, row=1),
                remedy=f"Send {source.identifier!r}, by which their values are found, or send them",
            )
        records.check_readable([source.identifier])
        place = names.index(source.identifier)
        cells = [row[place].strip() for row in records.rows]
        if source.identifier in records.typed:
            cells = [normalize_word(cell) for cell in cells]  # 7.0 in a column of floats is 7
        return ["" if cell in self.missing else cell for cell in cells]

    def _fetch(
        self,
        sources: Sequence[FeatureGroup],
        identifiers: Sequence[Sequence[Cell]],
        records: Records,
    ) -> Sequence[Mapping[str, Values | None] | None]:
        """Return the records of each source, None where the store failed and may fail."""
        queries = [
            RecordQuery(
                source.group,
                tuple(feature for _, feature in source.columns),
                tuple(dict.fromkeys(filter(None, cells))),
                source.cache_seconds,
            )
            for source, cells in zip(sources, identifiers, strict=True)
        ]
        seconds = max(source.timeout_ms for source in sources) / 1000
        try:
            return self.store.fetch(queries, seconds)
        except StoreFailedError as error:
            groups = join_words([repr(source.group) for source in sources])
            sentence = f"the feature store did not give features of {groups}: {error}"
            if any(source.unavailable == ERROR for source in sources):
                raise FeaturesUnavailable(sentence, remedy="Ask again later") from error
            if self.warnings.allow():
                logger.warning("%s; they are missing", sentence)
            return [None] * len(sources)
        except IdentifierRefusedError as error:
            source, row = _find_identifier(error.identifier, sources, identifiers)
            raise BadData(
                f"the feature store refuses the identifier in group {source.group!r}: {error}",
                where=Location(records.file, records.row_number(row), source.identifier),
            ) from error


def _make_columns(
    source: FeatureGroup,
    identifiers: Sequence[Cell],
    found: Mapping[str, Values | None] | None,
    records: Records,
) -> Columns:
    """Return the columns of a source; a feature without a value is missing."""
    defaults = dict(source.defaults)
    absent: Values = {f: defaults[column] for column, f in source.columns if column in defaults}
    values = list[Values]()
    for index, identifier in enumerate(identifiers):
        record: Values | None = {} if found is None else found.get(identifier)
        if record is None and source.absent == ERROR:
            what = "no record has this identifier" if identifier else "the identifier is missing"
            raise BadData(
                f"{what} in feature group {source.group!r}",
                where=Location(records.file, records.row_number(index), source.identifier),
                remedy=f"Send {join_words([repr(name) for name in source.names])} with the row",
            )
        values.append(absent if record is None else record)
    return {column: [value.get(f, "") for value in values] for column, f in source.columns}


def _find_identifier(
    identifier: str,
    sources: Sequence[FeatureGroup],
    identifiers: Sequence[Sequence[Cell]],
) -> tuple[FeatureGroup, int]:
    for source, cells in zip(sources, identifiers, strict=True):
        if identifier in cells:
            return source, cells.index(identifier)
    return sources[0], 0


def _drop_columns(source: FeatureGroup, names: Sequence[str]) -> FeatureGroup:
    """Return a source without the columns that a request has."""
    return replace(source, columns=tuple(pair for pair in source.columns if pair[0] not in names))


def make_joining_schema(
    schema: RecordSchema, sources: tuple[FeatureGroup, ...], store: FeatureStoreClient
) -> JoiningSchema:
    """Return a schema with the columns of `sources` fetched from `store`."""
    plain = {one.name: getattr(schema, one.name) for one in fields(schema)}
    return JoiningSchema(**plain, sources=sources, store=store)
