"""Steps for categories: known cells give known features."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.feature_extraction import FeatureHasher
from sklearn.utils import murmurhash3_32

from preprocessor.fit.recipe_fit import FittedRecipe
from preprocessor.transforms.estimators.categories import RareGrouper
from preprocessor.transforms.kernels import murmur3
from tandem.data.tables import Table
from tandem.errors import BadData, UserError
from tests.preprocessor.fits import fit_column, fit_rows, is_replayed

CELLS = ["a"] * 6 + ["b"] * 3 + ["c", "NA"]


def served(done: FittedRecipe, *cells: str | None) -> list[list[float]]:
    """Give the features of rows of one text column."""
    texts = np.array([[cell] for cell in cells], dtype=object)
    features: list[list[float]] = done.plan.apply(Table(np.empty((len(cells), 0)), texts)).tolist()
    return features


def test_categories_of_few_rows_share_one() -> None:
    done, _ = fit_column(CELLS, {"type": "category", "rare": {"min_count": 2}})
    assert is_replayed(done)
    assert done.recipe.features == ("x=(rare)", "x=a", "x=b")
    assert served(done, "a", "c", "never", None) == [[0, 1, 0], [1, 0, 0], [1, 0, 0], [1, 0, 0]]
    done, _ = fit_column(CELLS, {"type": "category", "rare": 0.3, "ordinal": True})
    assert served(done, "a", "b", "c", "never") == [[1], [0], [0], [0]]


def test_a_category_nobody_saw_may_be_left_to_the_next_step() -> None:
    rare = {"min_count": 2, "unseen": "keep", "label": "few"}
    done, _ = fit_column(CELLS, {"type": "category", "rare": rare, "ordinal": True})
    assert served(done, "a", "b", "c", "few", "never") == [[0], [1], [2], [2], [-1]]


def test_a_rare_category_by_default_is_below_one_in_a_hundred() -> None:
    cells = ["a"] * 197 + ["b", "c", "c"]
    done, _ = fit_column(cells, {"type": "category", "rare": True})
    assert done.recipe.features == ("x=(rare)", "x=a", "x=c")


def test_the_grouper_is_an_estimator_like_any_other() -> None:
    frame = pd.DataFrame({"zone": ["a", "a", "b", None, np.nan]}, dtype=object)
    grouper = clone(RareGrouper(min_count=2, label="few")).set_output(transform="pandas")
    found = grouper.fit_transform(frame)
    assert list(found.columns) == ["zone"]
    assert found["zone"].tolist()[:3] == ["a", "a", "few"]
    assert found["zone"].isna().tolist() == [False, False, False, True, True]
    assert grouper.get_params()["min_share"] == 0.01


def test_a_text_has_the_hash_scikit_learn_gives_it() -> None:
    generator = np.random.default_rng(0)
    texts = ["", "a", "ab", "abc", "abcd", "é", "\N{GRINNING FACE}", "\0", "-" * 1000]
    texts += ["".join(generator.choice(list("aé\N{SNOWMAN}0"), k % 40)) for k in range(2000)]
    for text in texts:
        assert murmur3.murmur3(text.encode()) == murmurhash3_32(text.encode(), seed=0)
    for features in (2, 32, 1000):
        hasher = FeatureHasher(features, input_type="string")
        found = np.zeros((len(texts), features))
        for row, (index, sign) in enumerate(
            murmur3.hash_to_feature(text, features) for text in texts
        ):
            found[row, index] = sign
        assert (hasher.transform([text] for text in texts).toarray() == found).all()


def test_a_hashed_category_sets_one_feature_seen_or_not() -> None:
    done, _ = fit_column(["A", "B", "A"], {"type": "category", "hash": 3})
    assert is_replayed(done)
    assert done.recipe.features == ("x_hash_0", "x_hash_1", "x_hash_2")
    assert done.recipe.sources == (("x",),) * 3
    assert served(done, "RL", "FV", "never") == [[1, 0, 0], [0, 0, 1], [0, 0, -1]]
    treatment = {"type": "category", "hash": 3, "missing": False}
    assert served(fit_column(["A", "NA"], treatment)[0], None) == [[0, 0, 0]]


def test_words_for_true_and_false_become_one_and_zero() -> None:
    done, table = fit_column([" Yes", "no", "NA", "no"], {"truth": True})
    assert is_replayed(done)
    assert done.recipe.features == ("x",)
    np.testing.assert_equal(done.plan.apply(table), np.array([[1], [0], [np.nan], [0]], "f4"))
    words = {"ones": "ja", "zeros": ["nein", "nie"], "unknown": "error"}
    done, _ = fit_column(["JA", "nie", "NA"], {"type": "boolean", "truth": words})
    assert served(done, "ja ", "Nein") == [[1], [0]]
    with pytest.raises(BadData, match="row 2, column 'x': true or false is expected, and the val"):
        served(done, "ja", "yes")
    done, table = fit_column(["t", "f", "NA"], {"type": "boolean", "impute": "zero", "flag": True})
    assert done.plan.apply(table).tolist() == [[1, 0], [0, 0], [0, 1]]


def test_two_features_of_one_name_are_refused_with_what_makes_them() -> None:
    rows = [("a", "1", "1"), ("b", "2", "2")]
    with pytest.raises(UserError) as refused:
        fit_rows(("x", "x=a", "price"), rows, columns='{"x": "category", "x=a": "number"}')
    assert str(refused.value) == (
        "two features would have the name 'x=a': column 'x=a' (impute median) makes one, and column"
        " 'x' (missing own, onehot) another. Rename one of the columns, or leave one of the"
        " treatments out."
    )
    both = '{"x": [{"type": "number", "impute": "none"}, {"impute": "none", "scale": true}]}'
    with pytest.raises(UserError, match=r"'x' \(as it is\) makes one, and column 'x' \(scale st"):
        fit_rows(("x", "price"), [("1", "1"), ("2", "2")], columns=both)
