"""The rows of a search: those for training, for validation, and held out.

The held-out rows are used once, at the end. Small data have no validation rows: candidates are
cross-validated.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from local_test.automl.data.tabular_file import Rows
from local_test.errors import UserError

HELD_OUT_SHARE = 0.2
_VALIDATION_SHARE = 0.2
_CROSS_VALIDATED_ROWS = 20_000
_LEAST_ROWS = 50


@dataclass(frozen=True)
class SplitRows:
    """Row numbers; without validation rows candidates are cross-validated."""

    train: Rows
    validation: Rows
    held_out: Rows

    @property
    def cross_validated(self) -> bool:
        """Whether candidates are cross-validated on the training rows."""
        return not len(self.validation)


@dataclass(frozen=True)
class SplitRule:
    """How rows are parted: at random, by time, or by groups that stay together.

    `times` are the cells of a column in which later rows are greater; `groups` those of a column
    whose equal cells go to one part. `validation_share` is set where the caller wants a fixed
    validation set; with `cross_validated` there is none, where nothing else asks for one.
    """

    times: Sequence[str] = ()
    groups: Sequence[str] = ()
    validation_share: float | None = None
    cross_validated: bool = True


def split_rows(labels: Sequence[str], rule: SplitRule, *, stratify: bool, seed: int) -> SplitRows:
    """Split rows; the parts of a stratified split have the shares of the classes.

    Raises UserError when there are fewer than 50 rows with a label, or groups do not suffice.
    """
    rows = np.array([number for number, label in enumerate(labels) if label], dtype=np.intp)
    if len(rows) < _LEAST_ROWS:
        raise UserError(
            f"there are {len(rows)} rows with a target, too few to compare models",
            f"give {_LEAST_ROWS} or more",
        )
    order = _order_rows(rows, labels, rule, stratify=stratify, seed=seed)
    fixed = rule.validation_share is not None or bool(rule.times or rule.groups)
    share = rule.validation_share or _VALIDATION_SHARE
    ordered = bool(rule.times)
    rest, held_out = _cut(order, HELD_OUT_SHARE, rule.groups, ordered=ordered)
    validation: Rows = np.empty(0, dtype=np.intp)
    if fixed or not rule.cross_validated or len(rest) > _CROSS_VALIDATED_ROWS:
        rest, validation = _cut(rest, share, rule.groups, ordered=ordered)
    return SplitRows(np.sort(rest), np.sort(validation), np.sort(held_out))


def _order_rows(
    rows: Rows, labels: Sequence[str], rule: SplitRule, *, stratify: bool, seed: int
) -> Rows:
    """Return the rows so that every n-th, or with times the last ones, make a part."""
    if rule.times:
        keys = [_to_key(rule.times[row]) for row in rows]
        return np.array([row for _, row in sorted(zip(keys, rows, strict=True))], dtype=np.intp)
    shuffled = np.random.default_rng(seed).permutation(rows)
    if rule.groups or not stratify:
        return shuffled
    return np.array(sorted(shuffled, key=lambda row: labels[row]), dtype=np.intp)


def _to_key(text: str) -> tuple[bool, float, str]:
    try:
        return (False, float(text), "")
    except ValueError:
        return (bool(text), 0.0, text)


def _cut(order: Rows, share: float, groups: Sequence[str], *, ordered: bool) -> tuple[Rows, Rows]:
    if ordered:
        end = len(order) - max(1, round(share * len(order)))
        return order[:end], order[end:]
    if not groups:
        taken = np.floor(np.arange(1, len(order) + 1) * share) > np.floor(
            np.arange(len(order)) * share
        )
        return order[~taken], order[taken]
    chosen: set[str] = set()
    count = 0
    names = [groups[row] for row in order]
    for name, size in Counter(names).items():
        if count < share * len(order):
            chosen.add(name)
            count += size
    taken = np.array([name in chosen for name in names])
    if taken.all():
        raise UserError(
            "the groups are too few or too large to part the rows", "split by another column"
        )
    return order[~taken], order[taken]
