"""Inference of the target: a number or classes, from its cells and the request."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from preprocessor.data.training_data import TrainingData
from preprocessor.hyperparameters import TARGET_LOWER, TARGET_SCALE, TARGET_TYPE, THRESHOLD, TOP_K
from preprocessor.infer import format_inference, mixed_values
from preprocessor.infer.format_inference import Notation
from preprocessor.infer.type_inference import are_codes
from preprocessor.recipe.recipe_request import RecipeRequest
from preprocessor.recipe.target_transform import SCALES, TargetTransform, fit_scale
from tandem.data.summaries.column_summary import MOST, ColumnSummary
from tandem.data.text.canonical_form import normalize_word
from tandem.data.text.float_conversion import read_number
from tandem.data.text.number_formats import NumberFormat
from tandem.errors import BadData, Location, UserError

Classes = tuple[str, ...] | None


@dataclass(frozen=True)
class InferredTarget:
    """The target: `classes` in label order or None for a number, its transform and format."""

    classes: Classes = None
    terms: TargetTransform = field(default_factory=TargetTransform)
    format: NumberFormat | None = None


def infer_target(
    data: TrainingData, request: RecipeRequest, target: str, missing: frozenset[str]
) -> InferredTarget:
    """Return the inferred target.

    Raises UserError when the request does not fit the target. Raises BadData, with the row, when a
    value is no number or outside the range of the scale.
    """
    summary = data.summarize(target, missing)
    kind, number_format = request.values[TARGET_TYPE], None
    if kind != "class" and summary.words and not are_codes(summary):
        notation = format_inference.infer_notation(summary)
        number_format = notation.format
        if kind == "auto":
            kind = _decide_kind(data, target, summary, notation)
    if number_format and kind != "class":
        summary = data.summarize(target, missing, number_format)
    else:
        number_format = None
    if request.values[TARGET_LOWER]:
        summary = summary.respell(str.lower)
    classes = _list_classes(target, summary, kind)
    terms = TargetTransform(
        request.values[TARGET_SCALE], (), request.values[THRESHOLD], request.values[TOP_K]
    )
    _check_request(target, classes, terms, request)
    if classes is None:
        check_numbers(data, target, summary, number_format)
    if terms.scale != TargetTransform.scale:
        terms = _fit_transform(terms, data, target, summary, number_format)
    return InferredTarget(classes, terms, number_format)


def _decide_kind(
    data: TrainingData, target: str, summary: ColumnSummary, notation: Notation
) -> str:
    """Return "number" when all values of a target with words have one format, else "class".

    Raises BadData when the words are mistakes, by the rule of `mixed_values`.
    """
    present, words = mixed_values.count_words(summary, notation)
    if not words:
        return "number"
    if not mixed_values.are_mistakes(present, words, notation):
        return "class"
    missing = summary.missing_values
    raise BadData(
        f"a word stands among numbers ({present - words} of {present} values of the target are"
        " numbers)",
        where=data.find_cell(
            target,
            lambda cell: cell.strip() not in missing and not notation.is_number(cell.strip()),
        ),
        remedy="Mend the cell, name it in 'missing_values', or set 'target_type' to 'class'",
    )


def check_numbers(
    data: TrainingData, name: str, summary: ColumnSummary, number_format: NumberFormat | None = None
) -> None:
    """Raise BadData, with its location, when a cell is neither a number nor missing.

    Numbers are in the given format, or in plain digits when it is None.
    """
    if not summary.words:
        return
    missing = summary.missing_values
    if number_format is None:
        location = data.find_cell(name, lambda cell: not _is_number(cell, missing))
        raise BadData("a number is expected, and the value is a word", where=location)
    location = data.find_cell(
        name, lambda cell: not _is_number(number_format.convert_cells([cell], missing)[0], missing)
    )
    raise BadData(f"a number written like {str(number_format)!r} is expected", where=location)


def _fit_transform(
    terms: TargetTransform,
    data: TrainingData,
    target: str,
    summary: ColumnSummary,
    number_format: NumberFormat | None,
) -> TargetTransform:
    numbers = summary.numbers()
    if numbers is None:
        return terms
    terms = fit_scale(terms, numbers)
    above, missing = SCALES[terms.scale].above, summary.missing_values

    def place(_: int) -> Location:
        def wrong(cell: str) -> bool:
            plain = (
                number_format.convert_cells([cell], missing)[0] if number_format else cell.strip()
            )
            return read_number(plain, missing) <= above

        return data.find_cell(target, wrong)

    terms.to_labels(numbers.values, place)
    return terms


def _list_classes(target: str, summary: ColumnSummary, target_type: str) -> Classes:
    numeric = not summary.words and not are_codes(summary)
    if target_type == "number" or (target_type == "auto" and numeric):
        return None
    if not summary.exact:
        raise UserError(
            f"the target {target!r} has more than {MOST:,} different classes, or long ones",
            remedy="Is it the right column? A number is predicted with 'target_type': 'number'",
        )
    return _name_classes(summary.counts, read_number if numeric else normalize_word)


def _name_classes(cells: Iterable[str], key: Callable[[str], float | str]) -> tuple[str, ...]:
    """Return the class names as spelled in the data; the unified spelling if there are several.

    They are sorted by the unified spelling, which is the same for all formats.
    """
    names: dict[str, str] = {}
    for cell in cells:
        word = normalize_word(cell)
        names[word] = word if word in names else cell
    return tuple(sorted(names.values(), key=key))


def _check_request(
    target: str, classes: Classes, terms: TargetTransform, request: RecipeRequest
) -> None:
    count = len(classes or ())
    kind = f"has {count} classes" if count else "is a number"
    if count and terms.scale != TargetTransform.scale:
        raise UserError(f"hyperparameter 'target_scale' is {terms.scale!r}, and {target!r} {kind}")
    if request.values[TARGET_LOWER] and not count:
        raise UserError(f"hyperparameter 'target_lower' is true, and {target!r} {kind}")
    if request.values[THRESHOLD] != TargetTransform.threshold and count != 2:
        raise UserError(f"hyperparameter 'threshold' needs two classes, and {target!r} {kind}")
    if terms.top > max(1, count):
        raise UserError(f"hyperparameter 'top_k' is {terms.top}, and {target!r} {kind}")


def _is_number(cell: str, missing: frozenset[str]) -> bool:
    try:
        read_number(cell.strip(), missing)
    except ValueError:
        return False
    return True
