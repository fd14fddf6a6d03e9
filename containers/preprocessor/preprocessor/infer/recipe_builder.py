"""Builds the recipe from the request and the data: inference decides what the user leaves open."""

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
    remarks,
    sample_weight,
    supervised_steps,
    target_inference,
)
from preprocessor.infer.target_inference import InferredTarget
from preprocessor.infer.type_inference import (
    LEFT_OUT,
    InferredColumn,
    TypeConflict,
    choose_nearest_type,
    infer_column,
)
from preprocessor.recipe import policies
from preprocessor.recipe.category_limits import build_limited_chains
from preprocessor.recipe.column_types import TYPES
from preprocessor.recipe.definition import DROP as DROPPED
from preprocessor.recipe.definition import SPELLED, Column, Recipe
from preprocessor.recipe.feature_groups import decide_sources
from preprocessor.recipe.number_format import FORMAT, parse_format
from preprocessor.recipe.recipe_request import RecipeRequest
from preprocessor.recipe.step_chains import TYPE, StepChain
from preprocessor.transforms.options import RecipeAddress
from tandem._version import __version__
from tandem.data.text.number_formats import NumberFormat
from tandem.errors import Location, UserError

AS_ASKED = "as asked"
KEY = "features_from finds records by it"
IDENTIFIER = "identifier"


def build_recipe(data: TrainingData, request: RecipeRequest) -> Recipe:
    """Return the recipe of a training set.

    Raises UserError when a column or a treatment is unknown. Raises BadData when a column of
    numbers holds a word.
    """
    target = request.target
    if target is not None:
        require_column(data.names, target, "the target")
        data.check_readable(target)
    for name in request.values[DROP]:
        require_column(data.names, name, "the column")
    for name, (_, address) in request.columns.items():
        require_column(data.names, name, "the column", Location(address.file))
    missing = frozenset({"", *request.values[MISSING_VALUES]})
    if request.values[STRIP_BLANKS]:
        data, missing = StrippedData(data), frozenset(map(str.strip, missing))
    weight = sample_weight.decide_weight(data, request, target, missing)
    apart = frozenset({target, weight})
    sources = decide_sources(request, data.names, apart)
    keys = {source.identifier for source in sources}
    columns = tuple(
        _build_key(n, data, missing)
        if n in keys and n not in request.columns and n not in request.values[DROP]
        else _build_column(n, data, request, missing)
        for n in data.names
        if n not in apart
    )
    interactions = tuple(column_interactions.decide_interactions(data, request, columns, missing))
    if not interactions and not any(column.treatments for column in columns):
        raise UserError("no column is left to make features of")
    of_target = InferredTarget()
    if target is not None:
        of_target = target_inference.infer_target(data, request, target, missing)
    recipe = Recipe(
        version=__version__,
        target=target,
        classes=of_target.classes,
        terms=of_target.terms,
        missing_values=request.values[MISSING_VALUES],
        layout=data.names,
        columns=columns,
        rows=data.rows,
        interactions=interactions,
        weight=weight,
        strip_blanks=request.values[STRIP_BLANKS],
        one_spelling=True,
        target_lower=request.values[TARGET_LOWER],
        target_format=of_target.format,
        features_from=sources,
    )
    supervised_steps.check_target_present(data, recipe)
    if isinstance(data, StrippedData):
        decision_log.log_blanks(recipe, data.blanks)
    return recipe


def _build_key(name: str, data: TrainingData, missing: frozenset[str]) -> Column:
    """Return a column of identifiers of a feature group, which is no feature unless asked for."""
    summary = data.summarize(name, missing)
    return Column(name, IDENTIFIER, (), KEY, summary.missing, summary.distinct)


def _build_column(
    name: str, data: TrainingData, request: RecipeRequest, missing: frozenset[str]
) -> Column:
    summary = data.summarize(name, missing)

    def infer() -> InferredColumn:
        try:
            return infer_column(name, summary)
        except TypeConflict as error:
            error.where = data.find_cell(name, error.is_wrong)
            raise

    rules: dict[str, str] = {}
    remark, number_format = "", None
    wish, address = request.columns.get(name, (None, RecipeAddress()))
    if name in request.values[DROP] or wish in (DROPPED, False):
        kind, reason, treatments = DROPPED, AS_ASKED, tuple[StepChain, ...]()
        number_format = format_inference.infer_notation(summary).format
    elif wish is None:
        data.check_readable(name)
        guess = infer()
        kind, reason, remark, number_format = guess.type, guess.reason, guess.remark, guess.format
        default = {TYPE: kind}, summary.distinct, request.values, address
        treatments = () if kind in LEFT_OUT else build_limited_chains(*default)
    else:
        data.check_readable(name)
        wishes, number_format = _split_format(_list_treatments(wish, address))
        kind = _read_type(wishes, address) or choose_nearest_type(infer(), summary)
        reason = AS_ASKED
        if kind == "number" and number_format is None:
            number_format = format_inference.infer_notation(summary).format
            remark = remarks.remark_on_number_format(name, number_format) if number_format else ""
        wishes, rules = policies.split_policies(wishes, request.values, kind)
        treatments = tuple(
            chain
            for one, place in wishes
            for chain in build_limited_chains(
                {TYPE: kind, **one}, summary.distinct, request.values, place
            )
        )
    counts = summary.missing, summary.distinct
    remark = remarks.remark_on_missing_markers(remark, kind, summary)
    if not treatments:
        return Column(name, kind, treatments, reason, *counts, remark=remark, format=number_format)
    if number_format is not None:
        summary = data.summarize(name, missing, number_format)
    _, defaults = policies.split_policies([], request.values, kind)
    treatments, rules = policies.enforce_errors(treatments, defaults | rules, kind)
    if kind in SPELLED:
        summary = summary.unify_spelling()
    column = Column(
        *(name, kind, treatments, reason, *counts),
        policies=rules,
        seen=policies.summarize_values(kind, summary),
        complete=policies.is_complete(kind, summary),
        remark=remark,
        format=number_format,
    )
    if column.lower:
        return replace(column, seen=policies.summarize_values(kind, summary.respell(str.lower)))
    return column


def _list_treatments(
    value: object, address: RecipeAddress
) -> list[tuple[Mapping[str, object], RecipeAddress]]:
    """Return each requested treatment as an object, with its location in the request."""
    if isinstance(value, list):
        return [
            wish
            for index, item in enumerate(value)
            for wish in _list_treatments(item, address.child(str(index)))
        ]
    if isinstance(value, str):
        if value not in TYPES and not _find_types_with({value}):
            names = [*TYPES, *dict.fromkeys(s for t in TYPES.values() for s in t.steps), DROPPED]
            raise address.unknown_name("type of column or step", value, names)
        value = {TYPE: value} if value in TYPES else {value: True}
    if isinstance(value, Mapping):
        steps = value.keys() - {TYPE, FORMAT, *(policy.name for policy in POLICIES)}
        having = _find_types_with(steps) if steps else []
        return [({TYPE: having[0], **value} if len(having) == 1 else value, address)]
    raise address.error("must be a type, a step, or an object of steps")


def _split_format(
    wishes: list[tuple[Mapping[str, object], RecipeAddress]],
) -> tuple[list[tuple[Mapping[str, object], RecipeAddress]], NumberFormat | None]:
    """Split the requested treatments of a column into treatments and number format.

    Raises UserError when the column is requested as another type, or has two formats.
    """
    column_format: NumberFormat | None = None
    rest: list[tuple[Mapping[str, object], RecipeAddress]] = []
    for wish, address in wishes:
        if wish.get(FORMAT) is not None:
            format_address = address.child(FORMAT)
            if wish.get(TYPE, "number") != "number":
                raise format_address.error(
                    f"is no option of a {wish[TYPE]}", "Only numbers have a format"
                )
            number_format = parse_format(wish[FORMAT], format_address)
            if column_format not in (None, number_format):
                raise format_address.error("is given twice", "A column has one format")
            column_format = number_format
            wish = {**wish, TYPE: "number"}  # noqa: PLW2901
        rest.append(({key: value for key, value in wish.items() if key != FORMAT}, address))
    return rest, column_format


def _find_types_with(steps: Collection[str]) -> list[str]:
    """Return the names of the column types that have all of the steps."""
    return [kind.name for kind in TYPES.values() if {*steps} - {TYPE} <= {*kind.steps}]


def _read_type(
    wishes: list[tuple[Mapping[str, object], RecipeAddress]], address: RecipeAddress
) -> str | None:
    """Return the type that the treatments request, or None when they leave it open."""
    for wish, treatment_address in wishes:
        if TYPE in wish and wish[TYPE] not in TYPES:
            raise treatment_address.child(TYPE).unknown_name(
                "type of column", str(wish[TYPE]), TYPES
            )
    types = {str(wish[TYPE]) for wish, _ in wishes if TYPE in wish}
    if len(types) > 1:
        raise address.error("is asked to be of two types", "A column has one type")
    return next(iter(types), None)
