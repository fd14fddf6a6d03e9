"""From raw cells and what is asked for to a recipe: inference decides what the user leaves open."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from preprocessor.data.channel_records import require_column
from preprocessor.data.stripped_data import StrippedData
from preprocessor.data.training_data import TrainingData
from preprocessor.hyperparameters import DROP, MISSING_VALUES, POLICIES, STRIP_BLANKS, TARGET_LOWER
from preprocessor.infer import (
    column_interactions,
    decision_log,
    format_inference,
    missing_markers,
    mixed_values,
    sample_weight,
    supervised_steps,
    target_inference,
)
from preprocessor.infer.target_inference import Target
from preprocessor.infer.type_inference import LEFT_OUT, Inferred, Misfit, infer, nearest
from preprocessor.recipe import number_format, policies
from preprocessor.recipe.category_limits import chains
from preprocessor.recipe.column_types import TYPES
from preprocessor.recipe.definition import DROP as DROPPED
from preprocessor.recipe.definition import SPELLED, Column, Recipe
from preprocessor.recipe.number_format import FORMAT
from preprocessor.recipe.recipe_request import Asked
from preprocessor.recipe.step_chains import TYPE, Chain
from preprocessor.transforms.options import Address
from tandem._version import __version__
from tandem.data.text.number_formats import NumberFormat
from tandem.errors import Location, UserError

AS_ASKED = "as asked"


def decide(raw: TrainingData, asked: Asked) -> Recipe:
    """Make the recipe of a training set.

    Raises UserError for a column that is not there or a treatment that does not exist, BadData for
    a word in a column of numbers.
    """
    target = asked.target
    if target is not None:
        require_column(raw.names, target, "the target")
        raw.check_readable(target)
    for name in asked.values[DROP]:
        require_column(raw.names, name, "the column")
    for name, (_, address) in asked.columns.items():
        require_column(raw.names, name, "the column", Location(address.file))
    missing = frozenset({"", *asked.values[MISSING_VALUES]})
    if asked.values[STRIP_BLANKS]:
        raw, missing = StrippedData(raw), frozenset(map(str.strip, missing))
    weight = sample_weight.decide(raw, asked, target, missing)
    apart = {target, weight}
    columns = tuple(_column(n, raw, asked, missing) for n in raw.names if n not in apart)
    interactions = tuple(column_interactions.decide(raw, asked, columns, missing))
    if not interactions and not any(column.treatments for column in columns):
        raise UserError("no column is left to make features of")
    of_target = Target()
    if target is not None:
        of_target = target_inference.decide(raw, asked, target, missing)
    recipe = Recipe(
        version=__version__,
        target=target,
        classes=of_target.classes,
        terms=of_target.terms,
        missing_values=asked.values[MISSING_VALUES],
        layout=raw.names,
        columns=columns,
        rows=raw.rows,
        interactions=interactions,
        weight=weight,
        strip_blanks=asked.values[STRIP_BLANKS],
        one_spelling=True,
        target_lower=asked.values[TARGET_LOWER],
        target_format=of_target.format,
    )
    supervised_steps.check(raw, recipe)
    if isinstance(raw, StrippedData):
        decision_log.log_blanks(recipe, raw.blanks)
    return recipe


def _column(name: str, raw: TrainingData, asked: Asked, missing: frozenset[str]) -> Column:
    summary = raw.summarize(name, missing)

    def inferred() -> Inferred:
        try:
            return infer(name, summary)
        except Misfit as error:
            error.where = raw.find_cell(name, error.wrong)
            raise

    rules: dict[str, str] = {}
    remark, written = "", None
    wish, address = asked.columns.get(name, (None, Address()))
    if name in asked.values[DROP] or wish in (DROPPED, False):
        kind, reason, treatments = DROPPED, AS_ASKED, tuple[Chain, ...]()
        written = format_inference.of(summary).format
    elif wish is None:
        raw.check_readable(name)
        found = inferred()
        kind, reason, remark, written = found.type, found.reason, found.remark, found.format
        usual = {TYPE: kind}, summary.distinct, asked.values, address
        treatments = () if kind in LEFT_OUT else chains(*usual)
    else:
        raw.check_readable(name)
        wishes, written = _formats(_wishes(wish, address))
        kind = _type(wishes, address) or nearest(inferred(), summary)
        reason = AS_ASKED
        if kind == "number" and written is None:
            written = format_inference.of(summary).format
            remark = mixed_values.of_format(name, written) if written else ""
        wishes, rules = policies.taken(wishes, asked.values, kind)
        treatments = tuple(
            chain
            for one, place in wishes
            for chain in chains({TYPE: kind, **one}, summary.distinct, asked.values, place)
        )
    counted = summary.missing, summary.distinct
    remark = missing_markers.added(remark, kind, summary)
    if not treatments:
        return Column(name, kind, treatments, reason, *counted, remark=remark, format=written)
    if written is not None:
        summary = raw.summarize(name, missing, written)
    _, usually = policies.taken([], asked.values, kind)
    treatments, rules = policies.enforced(treatments, usually | rules, kind)
    if kind in SPELLED:
        summary = summary.unify_spelling()
    column = Column(
        *(name, kind, treatments, reason, *counted),
        policies=rules,
        seen=policies.seen(kind, summary),
        complete=policies.complete(kind, summary),
        remark=remark,
        format=written,
    )
    if column.lower:
        return replace(column, seen=policies.seen(kind, summary.respell(str.lower)))
    return column


def _wishes(asked: object, address: Address) -> list[tuple[Mapping[str, object], Address]]:
    """Return each treatment that is asked for as an object, with its place."""
    if isinstance(asked, list):
        return [
            wish
            for index, item in enumerate(asked)
            for wish in _wishes(item, address.at(str(index)))
        ]
    if isinstance(asked, str):
        if asked not in TYPES and not _having({asked}):
            known = [*TYPES, *dict.fromkeys(s for t in TYPES.values() for s in t.steps), DROPPED]
            raise address.unknown("type of column or step", asked, known)
        asked = {TYPE: asked} if asked in TYPES else {asked: True}
    if isinstance(asked, Mapping):
        steps = asked.keys() - {TYPE, FORMAT, *(policy.name for policy in POLICIES)}
        having = _having(steps) if steps else []
        return [({TYPE: having[0], **asked} if len(having) == 1 else asked, address)]
    raise address.error("must be a type, a step, or an object of steps")


def _formats(
    wishes: list[tuple[Mapping[str, object], Address]],
) -> tuple[list[tuple[Mapping[str, object], Address]], NumberFormat | None]:
    """Divide what is asked for a column into its treatments and its format.

    Raises UserError for a format of a column that is not asked to be a number, and for two formats.
    """
    found: NumberFormat | None = None
    rest: list[tuple[Mapping[str, object], Address]] = []
    for wish, address in wishes:
        if wish.get(FORMAT) is not None:
            place = address.at(FORMAT)
            if wish.get(TYPE, "number") != "number":
                raise place.error(f"is no option of a {wish[TYPE]}", "Only numbers have a format")
            written = number_format.declared(wish[FORMAT], place)
            if found not in (None, written):
                raise place.error("is given twice", "A column has one format")
            found = written
            wish = {**wish, TYPE: "number"}  # noqa: PLW2901
        rest.append(({key: value for key, value in wish.items() if key != FORMAT}, address))
    return rest, found


def _having(steps: Collection[str]) -> list[str]:
    """Name the types that have all of some steps: where there is one, the steps ask for it."""
    return [kind.name for kind in TYPES.values() if {*steps} - {TYPE} <= {*kind.steps}]


def _type(wishes: list[tuple[Mapping[str, object], Address]], address: Address) -> str | None:
    """Return the one type that all treatments ask for, or None where they leave it open."""
    for wish, place in wishes:
        if TYPE in wish and wish[TYPE] not in TYPES:
            raise place.at(TYPE).unknown("type of column", str(wish[TYPE]), TYPES)
    types = {str(wish[TYPE]) for wish, _ in wishes if TYPE in wish}
    if len(types) > 1:
        raise address.error("is asked to be of two types", "A column has one type")
    return next(iter(types), None)
