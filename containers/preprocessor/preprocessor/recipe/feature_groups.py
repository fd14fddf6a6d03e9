"""The feature groups of a recipe: which columns are fetched in serving where a request lacks them.

Training reads these columns from its file. The key `features_from` of a recipe lists the groups.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from preprocessor.data.channel_records import require_column
from preprocessor.hyperparameters import FEATURES_FROM
from preprocessor.recipe.recipe_request import RecipeRequest
from preprocessor.transforms.options import Option, RecipeAddress, read_options
from tandem.contract.hyperparameters import REQUIRED
from tandem.contract.value_types import choice, text, whole
from tandem.errors import Location

ERROR, MISSING = "error", "missing"
COLUMNS, ABSENT = "columns", "absent"
OPTIONS: tuple[Option[Any], ...] = (
    Option("group", text(), REQUIRED, "The name or the ARN of a feature group."),
    Option("identifier", text(), REQUIRED, "The column that has the identifiers of the records."),
    Option(
        "unavailable",
        choice(ERROR, MISSING),
        ERROR,
        "How a request is handled when the store fails or does not answer in time: refused with"
        " status 503, or the columns are missing.",
    ),
    Option(
        "timeout_ms",
        whole(1, 60_000),
        500,
        "Longest time for the answer to one call of at most 100 identifiers, in milliseconds.",
    ),
    Option(
        "cache_seconds",
        whole(0, 86_400),
        0,
        "How long a fetched record is used again, 0 for never.",
    ),
)


@dataclass(frozen=True)
class FeatureGroup:
    """A feature group and the columns made of its features.

    `columns` are (column, feature). `absent` says what becomes of a row whose identifier has no
    record: ERROR, MISSING, or `defaults` (column, text), missing for the other columns. The rest is
    described by `OPTIONS`.
    """

    group: str
    identifier: str
    columns: tuple[tuple[str, str], ...]
    absent: str = ERROR
    defaults: tuple[tuple[str, str], ...] = ()
    unavailable: str = ERROR
    timeout_ms: int = 500
    cache_seconds: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(column for column, _ in self.columns)


def decide_sources(
    request: RecipeRequest, names: Sequence[str], apart: frozenset[str | None]
) -> tuple[FeatureGroup, ...]:
    """Return the requested sources; `names` are the columns of the training data.

    `apart` are the columns that are no features: the target and the weight. Raises UserError when a
    source is invalid, or a column is unknown, no feature, or named twice.
    """
    sources = list[FeatureGroup]()
    address = request.find_address(FEATURES_FROM)
    taken = set[str]()
    definitions = request.values[FEATURES_FROM]
    for index, value in enumerate(definitions):
        place = address.child(str(index))
        source = _read_source(value, place)
        require_column(names, source.identifier, "the identifier", Location(address.file))
        for column in source.names:
            require_column(names, column, "the column", Location(address.file))
            if column in apart:
                raise place.error(f"fetches column {column!r}, which is the target or the weight")
            if column in taken:
                raise place.error(f"fetches column {column!r} a second time", "Fetch it once")
            taken.add(column)
        sources.append(source)
    for index, source in enumerate(sources):
        if source.identifier in taken | apart:
            raise address.child(str(index)).error(
                f"has the identifier {source.identifier!r}, which a request does not have",
                "Name a column that every request has",
            )
    return tuple(sources)


def source_from_json(values: Mapping[str, Any]) -> FeatureGroup:
    """Return a source from its JSON values. Raises KeyError or TypeError when invalid."""
    pairs = {
        name: tuple((str(key), str(value)) for key, value in values[name])
        for name in ("columns", "defaults")
    }
    return FeatureGroup(**{**values, **pairs})


def _read_source(value: object, address: RecipeAddress) -> FeatureGroup:
    if not isinstance(value, Mapping):
        raise address.error("must be an object with 'group', 'identifier' and 'columns'")
    apart = {COLUMNS, ABSENT}
    rest = {name: item for name, item in value.items() if name not in apart}
    for name in rest:
        known = [option.name for option in OPTIONS]
        if name not in known:
            raise address.unknown_name("option of features_from", str(name), [*known, *apart])
    options: dict[str, Any] = read_options(OPTIONS, rest, address, "features_from")
    columns = tuple(_read_columns(value.get(COLUMNS), address.child(COLUMNS)))
    absent, defaults = _read_absent(value.get(ABSENT), columns, address.child(ABSENT))
    return FeatureGroup(columns=columns, absent=absent, defaults=defaults, **options)


def _read_columns(value: object, address: RecipeAddress) -> list[tuple[str, str]]:
    """Return (column, feature) of a list of names, or of an object of features by column."""
    if isinstance(value, list) and value and all(isinstance(name, str) for name in value):
        return [(name, name) for name in value]
    if isinstance(value, Mapping) and value and all(isinstance(n, str) for n in value.values()):
        return [(str(column), feature) for column, feature in value.items()]
    raise address.error("must be a list of columns, or an object of features by column")


def _read_absent(
    value: object, columns: Sequence[tuple[str, str]], address: RecipeAddress
) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return the policy for rows without a record, and the default of each column."""
    if value in (None, ERROR, MISSING):
        return str(value or ERROR), ()
    if not isinstance(value, Mapping):
        raise address.error(f"must be {ERROR!r}, {MISSING!r}, or an object of values by column")
    names = [column for column, _ in columns]
    for name, item in value.items():
        if name not in names:
            raise address.unknown_name("column of this group", str(name), names)
        if not isinstance(item, str | int | float):
            raise address.child(name).error("must be a text or a number")
    return MISSING, tuple((str(name), _write_cell(item)) for name, item in value.items())


def _write_cell(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
