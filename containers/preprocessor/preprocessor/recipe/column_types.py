"""Column types: the steps each may have, and the order in which they are applied."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from preprocessor.hyperparameters import ENCODE, IMPUTE, SCALE
from tandem.contract.hyperparameters import HyperparameterValues
from tandem.data.schema.fields import FieldKind


@dataclass(frozen=True)
class ColumnType:
    """One type of column.

    `sequence`: steps applied in this order. `encoders`: alternatives applied after the sequence,
    each makes a block of features of its own. `indicators`: applied to the raw column, each makes a
    block too. `default`: the steps and options of a column for which the recipe names none.
    """

    name: str
    sentence: str
    field: FieldKind
    sequence: tuple[str, ...]
    encoders: tuple[str, ...]
    indicators: tuple[str, ...]
    default: Callable[[HyperparameterValues], Mapping[str, object]]

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps a column of this type may have, in the order of application."""
        return (*self.indicators, *self.sequence, *self.encoders)


TYPES: dict[str, ColumnType] = {
    kind.name: kind
    for kind in (
        ColumnType(
            name="number",
            sentence="Every value is a number.",
            field="number",
            sequence=("impute", "clip", "log1p", "scale", "bin", "transformer"),
            encoders=(),
            indicators=("flag",),
            default=lambda values: {"impute": values[IMPUTE], "scale": values[SCALE]},
        ),
        ColumnType(
            name="category",
            sentence="A word out of a few.",
            field="text",
            sequence=("lower", "missing", "rare"),
            encoders=(
                "onehot",
                "ordinal",
                "ordinal_by_target",
                "target_encode",
                "hash",
                "transformer",
            ),
            indicators=("flag",),
            default=lambda values: {"missing": True, values[ENCODE]: True},
        ),
        ColumnType(
            name="boolean",
            sentence="True or false, in words or as 1 and 0.",
            field="text",
            sequence=("truth", "impute", "transformer"),
            encoders=(),
            indicators=("flag",),
            default=lambda _: {"truth": True},
        ),
        ColumnType(
            name="datetime",
            sentence="A date, with a time of day or without.",
            field="text",
            sequence=("parse", "impute"),
            encoders=("parts", "cycles", "since", "transformer"),
            indicators=("flag",),
            default=lambda _: {"parse": True, "parts": True},
        ),
        ColumnType(
            name="text",
            sentence="Sentences: many words, another text in most rows.",
            field="text",
            sequence=("clean",),
            encoders=("tfidf", "hash_terms", "transformer"),
            indicators=("flag",),
            default=lambda _: {"clean": True, "tfidf": True},
        ),
    )
}

# What columns of one type become together: steps before and after they are one.
INTERACTIONS: dict[str, ColumnType] = {
    kind.name: kind
    for kind in (
        ColumnType(
            name="product",
            sentence="Numbers, multiplied.",
            field="number",
            sequence=("impute", "product", "clip", "log1p", "scale", "bin"),
            encoders=(),
            indicators=(),
            default=lambda values: {"impute": values[IMPUTE], "scale": values[SCALE]},
        ),
        ColumnType(
            name="cross",
            sentence="Categories, put together.",
            field="text",
            sequence=("lower", "missing", "cross", "rare"),
            encoders=("onehot", "ordinal", "ordinal_by_target", "target_encode", "hash"),
            indicators=(),
            default=lambda values: {"missing": True, values[ENCODE]: True},
        ),
    )
}
