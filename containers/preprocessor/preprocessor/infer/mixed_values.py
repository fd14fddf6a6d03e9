"""Numbers and words in one column: when the words are mistakes, and how to correct them.

A column with as many words as numbers, or more, is none of numbers. In a column that has more
numbers, the words are mistakes, and refused, unless they are more than a tenth of the values and
half of them or more have digits: then the numbers are codes like the others (`17463`, `PC 17599`).
"""

from __future__ import annotations

from preprocessor.infer.format_inference import Notation
from preprocessor.recipe.number_format import format_declaration
from tandem.data.summaries.column_summary import ColumnSummary
from tandem.data.text.number_formats import NumberFormat
from tandem.errors import join_words

_FEW = 0.1
# Words are named in errors where they come again, as markers do: one that stands once is data.
_NAMED, _LONGEST = 3, 20


def count_words(column: ColumnSummary, notation: Notation) -> tuple[int, int]:
    """Return the number of values of a column, and of the words among them."""
    if notation.format:
        return sum(notation.counts.values()), sum(notation.words.values())
    return column.rows - column.missing, column.words


def are_mistakes(present: int, words: int, notation: Notation) -> bool:
    """Return whether words are mistakes in a column of numbers."""
    return words <= _FEW * present or (2 * words < present and not notation.words_have_digits)


def suggest_remedy(name: str, notation: Notation) -> str:
    """Return the remedy for words among numbers, a sentence of an error."""
    again = sorted(
        {word for word, count in notation.words.items() if count > 1 and _is_marker(word)}
    )
    marker = f" ({join_words([repr(word) for word in again[:_NAMED]], 'or')})" if again else ""
    missing = format_declaration(name, notation.format or NumberFormat(), unparsable="missing")
    return (
        f"Mend the cell, name it{marker} in 'missing_values', or say what the column is in"
        f' \'columns\', as {{"{name}": "category"}}, or {{{missing}}} to read words as missing'
    )


def _is_marker(word: str) -> bool:
    return len(word) <= _LONGEST and not any(map(str.isdigit, word))
