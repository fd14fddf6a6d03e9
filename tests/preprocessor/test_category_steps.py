"""Steps for categories: known cells give known features."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from preprocessor.estimators.categories import RareGrouper
from preprocessor.fitting import Fitted
from tandem.data.tables import Table
from tandem.errors import UserError
from tests.preprocessor.fits import fitted, fitted_column, replayed

CELLS = ["a"] * 6 + ["b"] * 3 + ["c", "NA"]


def served(done: Fitted, *cells: str | None) -> list[list[float]]:
    """Give the features of rows of one text column."""
    texts = np.array([[cell] for cell in cells], dtype=object)
    features: list[list[float]] = done.plan.apply(Table(np.empty((len(cells), 0)), texts)).tolist()
    return features


def test_categories_of_few_rows_share_one() -> None:
    done, _ = fitted_column(CELLS, {"type": "category", "rare": {"min_count": 2}})
    assert replayed(done)
    assert done.recipe.features == ("x=(rare)", "x=a", "x=b")
    assert served(done, "a", "c", "never", None) == [[0, 1, 0], [1, 0, 0], [1, 0, 0], [1, 0, 0]]
    done, _ = fitted_column(CELLS, {"type": "category", "rare": 0.3, "ordinal": True})
    assert served(done, "a", "b", "c", "never") == [[1], [0], [0], [0]]


def test_a_category_nobody_saw_may_be_left_to_the_next_step() -> None:
    rare = {"min_count": 2, "unseen": "keep", "label": "few"}
    done, _ = fitted_column(CELLS, {"type": "category", "rare": rare, "ordinal": True})
    assert served(done, "a", "b", "c", "few", "never") == [[0], [1], [2], [2], [-1]]


def test_a_rare_category_by_default_is_below_one_in_a_hundred() -> None:
    cells = ["a"] * 197 + ["b", "c", "c"]
    done, _ = fitted_column(cells, {"type": "category", "rare": True})
    assert done.recipe.features == ("x=(rare)", "x=a", "x=c")


def test_the_grouper_is_an_estimator_like_any_other() -> None:
    frame = pd.DataFrame({"zone": ["a", "a", "b", None, np.nan]}, dtype=object)
    grouper = clone(RareGrouper(min_count=2, label="few")).set_output(transform="pandas")
    found = grouper.fit_transform(frame)
    assert list(found.columns) == ["zone"]
    assert found["zone"].tolist()[:3] == ["a", "a", "few"]
    assert found["zone"].isna().tolist() == [False, False, False, True, True]
    assert grouper.get_params()["min_share"] == 0.01


def test_two_features_of_one_name_are_refused_with_what_makes_them() -> None:
    rows = [("a", "1", "1"), ("b", "2", "2")]
    with pytest.raises(UserError) as refused:
        fitted(("x", "x=a", "price"), rows, columns='{"x": "category", "x=a": "number"}')
    assert str(refused.value) == (
        "two features would have the name 'x=a': column 'x=a' (impute median) makes one, and column"
        " 'x' (missing own, onehot) another. Rename one of the columns, or leave one of the"
        " treatments out."
    )
    both = '{"x": [{"type": "number", "impute": "none"}, {"impute": "none", "scale": true}]}'
    with pytest.raises(UserError, match=r"'x' \(as it is\) makes one, and column 'x' \(scale st"):
        fitted(("x", "price"), [("1", "1"), ("2", "2")], columns=both)
