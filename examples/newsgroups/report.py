"""The report: which group is taken for which, ROC, precision and recall, and each group's words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray
from sklearn.metrics import (
    average_precision_score,
    confusion_matrix,
    f1_score,
    precision_recall_curve,
    roc_auc_score,
    roc_curve,
)

from examples import page, term_weights
from tandem.report import charts

Figures = dict[str, float | int]
_CLOUD = "What each group is known by"
_MATRIX = "Which group (row) was taken for which (column)"
_WORDS = 6
_POINTS = 300


def write_report(
    path: Path,
    figures: Figures,
    true: Sequence[str],
    answered: Sequence[str],
    likely: NDArray[np.float64] | None = None,
    booster: Path | None = None,
) -> None:
    """Write the page; curves need how likely each group is, words a linear booster's artifact."""
    names = sorted(set(true))
    pictures: dict[str, Markup] = {}
    if likely is not None:
        pictures |= _draw_curves(true, likely, names)
    if booster is not None:
        pictures[_CLOUD] = _draw_cloud(booster, names)
    pictures[_MATRIX] = _draw_confusion(true, answered, names)
    texts = {name: f"{value:.4g}" for name, value in figures.items()}
    lead = f"{len(true):,} messages that training never saw, {len(names)} groups."
    page.write_page(path, "20 newsgroups", lead, texts, pictures, wide=(_CLOUD, _MATRIX))


def _draw_curves(
    true: Sequence[str], likely: NDArray[np.float64], names: Sequence[str]
) -> dict[str, Markup]:
    """Draw both curves for the group that is told best and the one that is told worst."""
    groups = np.array(true)
    answered = np.array(names)[likely.argmax(axis=1)]
    each = f1_score(groups, answered, labels=names, average=None)
    roc, recall = {}, {}
    best, worst = int(each.argmax()), int(each.argmin())
    for at, kind in ((best, "best"), (worst, "worst")):
        label, scores = groups == names[at], likely[:, at]
        across, up, _ = roc_curve(label, scores)
        area = roc_auc_score(label, scores)
        roc[f"{kind} {area:.3f}"] = _to_points(across, up)
        precise, recalls, _ = precision_recall_curve(label, scores)
        mean = average_precision_score(label, scores)
        recall[f"{kind} {mean:.3f}"] = _to_points(recalls, precise)
    which = f"{names[best]} is told best, {names[worst]} worst"
    return {
        f"ROC: {which}": charts.draw_curves(roc, "others, taken for it", "found", mark=None),
        "Precision and recall": charts.draw_curves(recall, "found", "of these right", mark=None),
    }


def _to_points(across: NDArray[np.float64], up: NDArray[np.float64]) -> list[tuple[float, float]]:
    which = np.unique(np.linspace(0, len(across) - 1, _POINTS).astype(int))
    return list(zip(across[which].tolist(), up[which].tolist(), strict=True))


def _draw_cloud(booster: Path, names: Sequence[str]) -> Markup:
    """Return each group's heaviest terms, larger the more they weigh."""
    terms, weights = term_weights.read_term_weights(booster)
    rows = Markup().join(
        term_weights.draw_term_cloud(name, [(terms[at], weights[at, group]) for at in order])
        for group, name in enumerate(names)
        for order in [weights[:, group].argsort()[: -_WORDS - 1 : -1]]
    )
    return Markup('<div style="columns:2 260px;overflow-wrap:anywhere">{}</div>').format(rows)


def _draw_confusion(true: Sequence[str], answered: Sequence[str], names: Sequence[str]) -> Markup:
    counts = confusion_matrix(true, answered, labels=names)
    shares = counts / counts.sum(axis=1, keepdims=True)
    head = Markup().join(Markup("<th>{}</th>").format(n + 1) for n in range(len(names)))
    rows = Markup().join(
        Markup("<tr><td>{}&nbsp;{}</td>{}</tr>").format(
            at + 1,
            name,
            Markup().join(
                Markup('<td class="cell" style="--share:{}">{}</td>').format(
                    f"{share:.2f}", count or ""
                )
                for share, count in zip(shares[at], counts[at], strict=True)
            ),
        )
        for at, name in enumerate(names)
    )
    table = Markup('<table style="font-size:11px"><tr><th></th>{}</tr>{}</table>')
    region = Markup('<div style="overflow-x:auto" {}>{}</div>')
    focus = Markup('tabindex="0" role="region" aria-label="Confusion matrix"')
    return region.format(focus, table.format(head, rows))
