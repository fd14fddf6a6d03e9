"""Words that usually mean a missing value, where `missing_values` does not name them."""

from __future__ import annotations

from collections import Counter

from preprocessor.data.summaries.column_summary import ColumnSummary
from tandem.errors import join_words

_USUAL = frozenset({"na", "n/a", "#n/a", "<na>", "nan", "null", "none", "nil", "nat"})
# Types of column in which such a word is a text like others.
_TEXTS = frozenset({"category", "text"})


def added(remark: str, kind: str, column: ColumnSummary) -> str:
    """Return what a person should look at in a column, with the words that may mean missing."""
    found: Counter[str] = Counter()
    for cell, count in column.counts.items():
        if cell.strip().casefold() in _USUAL and cell.strip() not in column.missing_values:
            found[cell.strip()] += count
    if not found or kind not in _TEXTS:
        return remark
    words = join_words([repr(word) for word in sorted(found)])
    rows = f"{found.total():,} rows" if found.total() > 1 else "1 row"
    sentence = (
        f"has {words} in {rows}, which is read as a text; to read it as missing, name it in"
        " 'missing_values'"
    )
    return f"{remark}; it {sentence}" if remark else sentence
