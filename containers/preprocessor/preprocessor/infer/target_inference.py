"""What the target is, found out from its cells and from what is asked for: classes or numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from preprocessor.data.summaries.column_summary import MOST, ColumnSummary
from preprocessor.data.training_data import TrainingData
from preprocessor.hyperparameters import TARGET_LOWER, TARGET_SCALE, TARGET_TYPE, THRESHOLD, TOP_K
from preprocessor.infer import format_inference, mixed_values
from preprocessor.infer.format_inference import Notation
from preprocessor.infer.type_inference import are_codes
from preprocessor.recipe.recipe_request import Asked
from preprocessor.recipe.target_transform import SCALES, Terms, fitted
from tandem.data.text.canonical_form import spelled
from tandem.data.text.float_conversion import number
from tandem.data.text.number_formats import NumberFormat
from tandem.errors import BadData, Location, UserError

Classes = tuple[str, ...] | None


@dataclass(frozen=True)
class Target:
    """The class names in the order of their numbers, None for a number; how numbers are written."""

    classes: Classes = None
    terms: Terms = field(default_factory=Terms)
    format: NumberFormat | None = None


def decide(raw: TrainingData, asked: Asked, target: str, missing: frozenset[str]) -> Target:
    """Say what the target is.

    Raises UserError where what is asked for does not fit the target, and BadData, naming the row,
    for a value that is no number or that the scale does not have.
    """
    summary = raw.summarize(target, missing)
    kind, written = asked.values[TARGET_TYPE], None
    if kind != "class" and summary.words and not are_codes(summary):
        found = format_inference.of(summary)
        written = found.format
        if kind == "auto":
            kind = _kind(raw, target, summary, found)
    if written and kind != "class":
        summary = raw.summarize(target, missing, written)
    else:
        written = None
    if asked.values[TARGET_LOWER]:
        summary = summary.respell(str.lower)
    classes = _classes(target, summary, kind)
    terms = Terms(asked.values[TARGET_SCALE], (), asked.values[THRESHOLD], asked.values[TOP_K])
    _check(target, classes, terms, asked)
    if classes is None:
        check_numbers(raw, target, summary, written)
    if terms.scale != Terms.scale:
        terms = _fitted(terms, raw, target, summary, written)
    return Target(classes, terms, written)


def _kind(raw: TrainingData, target: str, summary: ColumnSummary, found: Notation) -> str:
    """Return whether a target with words is a number all the same: all values have one format.

    Raises BadData where the words are mistakes, by the rule that holds for other columns.
    """
    present, words = mixed_values.counted(summary, found)
    if not words:
        return "number"
    if not mixed_values.are_mistakes(present, words, found):
        return "class"
    missing = summary.missing_values
    raise BadData(
        f"a word stands among numbers ({present - words} of {present} values of the target are"
        " numbers)",
        where=raw.find_cell(
            target, lambda cell: cell.strip() not in missing and not found.reads(cell.strip())
        ),
        remedy="Mend the cell, name it in 'missing_values', or set 'target_type' to 'class'",
    )


def check_numbers(
    raw: TrainingData, name: str, summary: ColumnSummary, written: NumberFormat | None = None
) -> None:
    """Raise BadData with the address of the first cell that is neither a number nor missing.

    Numbers are `written` in a format, or in plain digits.
    """
    if not summary.words:
        return
    missing = summary.missing_values
    if written is None:
        place = raw.find_cell(name, lambda cell: not _reads(cell, missing))
        raise BadData("a number is expected, and the value is a word", where=place)
    place = raw.find_cell(
        name, lambda cell: not _reads(written.plains([cell], missing)[0], missing)
    )
    raise BadData(f"a number written like {str(written)!r} is expected", where=place)


def _fitted(
    terms: Terms,
    raw: TrainingData,
    target: str,
    summary: ColumnSummary,
    written: NumberFormat | None,
) -> Terms:
    found = summary.numbers()
    if found is None:
        return terms
    terms = fitted(terms, found)
    above, missing = SCALES[terms.scale].above, summary.missing_values

    def place(_: int) -> Location:
        def wrong(cell: str) -> bool:
            plain = written.plains([cell], missing)[0] if written else cell.strip()
            return number(plain, missing) <= above

        return raw.find_cell(target, wrong)

    terms.labels(found.values, place)
    return terms


def _classes(target: str, summary: ColumnSummary, asked: str) -> Classes:
    numeric = not summary.words and not are_codes(summary)
    if asked == "number" or (asked == "auto" and numeric):
        return None
    if not summary.exact:
        raise UserError(
            f"the target {target!r} has more than {MOST:,} different classes, or long ones",
            remedy="Is it the right column? A number is predicted with 'target_type': 'number'",
        )
    return _named(summary.counts, number if numeric else spelled)


def _named(cells: Iterable[str], key: Callable[[str], float | str]) -> tuple[str, ...]:
    """Give the classes the names they have in the data; where there are several, the one spelling.

    Their order is that of the spellings, which is one for all formats.
    """
    names: dict[str, str] = {}
    for cell in cells:
        word = spelled(cell)
        names[word] = word if word in names else cell
    return tuple(sorted(names.values(), key=key))


def _check(target: str, classes: Classes, terms: Terms, asked: Asked) -> None:
    count = len(classes or ())
    kind = f"has {count} classes" if count else "is a number"
    if count and terms.scale != Terms.scale:
        raise UserError(f"hyperparameter 'target_scale' is {terms.scale!r}, and {target!r} {kind}")
    if asked.values[TARGET_LOWER] and not count:
        raise UserError(f"hyperparameter 'target_lower' is true, and {target!r} {kind}")
    if asked.values[THRESHOLD] != Terms.threshold and count != 2:
        raise UserError(f"hyperparameter 'threshold' needs two classes, and {target!r} {kind}")
    if terms.top > max(1, count):
        raise UserError(f"hyperparameter 'top_k' is {terms.top}, and {target!r} {kind}")


def _reads(cell: str, missing: frozenset[str]) -> bool:
    try:
        number(cell.strip(), missing)
    except ValueError:
        return False
    return True
