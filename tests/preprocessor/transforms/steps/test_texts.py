"""Texts: known terms and weights, and scikit-learn's bits at scikit-learn's places."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import HashingVectorizer, TfidfVectorizer
from sklearn.utils.murmurhash import murmurhash3_bytes_s32

from preprocessor.data.data_frame import build_frame
from preprocessor.fit.recipe_fit import FittedRecipe
from preprocessor.infer.type_inference import infer_column
from preprocessor.plan import fitted_transform
from preprocessor.serving import TransformModel
from preprocessor.transforms.kernels.murmur3 import murmur3
from preprocessor.transforms.kernels.text_cleaning import CleanReplay
from preprocessor.transforms.steps import STEPS
from preprocessor.transforms.steps.tfidf import TfidfReplay
from tandem.data.rows.sparse_table import SparseTable
from tandem.data.summaries.column_summary import count_cells
from tandem.data.tables import Table
from tandem.errors import UserError
from tests.preprocessor.fits import (
    fit_column,
    fit_rows,
    is_replayed,
    make_hostile_rows,
    reload_plan,
)
from tests.preprocessor.transforms.steps.test_steps import FEW, same_bits

DOCUMENTS = ["the cat sat", "the dog", "NA", "The cat the cat!"]
NAN = math.nan


def features(cells: list[str], treatment: dict[str, Any]) -> dict[str, list[float]]:
    done, table = fit_column(cells, {"type": "text", **treatment})
    assert is_replayed(done)
    names = [name.removeprefix("x:") for name in done.recipe.features]
    return dict(zip(names, done.plan.apply(table).T.tolist(), strict=True))


def test_a_term_weighs_by_its_count_and_by_how_few_texts_have_it() -> None:
    plain = features(DOCUMENTS, {"tfidf": {"norm": "none", "absent": "zero"}})
    rare, cat, the = (1 + math.log(5 / (1 + having)) for having in (1, 2, 3))
    assert list(plain) == ["cat", "dog", "sat", "the"]
    assert plain["cat"] == pytest.approx([cat, 0, 0, 2 * cat])
    assert plain["dog"] == pytest.approx([0, rare, 0, 0])
    assert plain["the"] == pytest.approx([the, the, 0, 2 * the])
    scaled = features(DOCUMENTS, {"tfidf": {"absent": "zero"}})
    assert scaled["dog"][1] == pytest.approx(rare / math.hypot(rare, the))


def test_a_term_that_a_text_does_not_have_is_missing_where_nothing_else_is_asked_for() -> None:
    found = features(DOCUMENTS, {"tfidf": {"norm": "none", "use_idf": False}})
    np.testing.assert_array_equal(found["cat"], [1, NAN, NAN, 2])
    np.testing.assert_array_equal(found["the"], [1, 1, NAN, 2])


@pytest.mark.parametrize(
    ("options", "terms"),
    [
        ({"min_df": 2}, ["cat", "the"]),
        ({"min_df": 0.5}, ["cat", "the"]),
        ({"max_df": 0.5}, ["cat", "dog", "sat"]),
        ({"max_df": 2}, ["cat", "dog", "sat"]),
        ({"max_features": 2}, ["cat", "the"]),
        ({"ngram_min": 2, "min_df": 2}, ["the cat"]),
        ({"ngram_max": 2, "max_df": 0.25}, ["cat sat", "cat the", "dog", "sat", "the dog"]),
        (
            {"analyzer": "char", "ngram_min": 3, "min_df": 2},
            [" ca", "at ", "cat", "e c", "he ", "the"],
        ),
        ({"analyzer": "char_wb", "ngram_min": 5, "max_df": 2}, [" cat ", " dog ", " sat "]),
    ],
    ids=str,
)
def test_options_choose_the_terms(options: dict[str, Any], terms: list[str]) -> None:
    cells = ["the cat sat", "the dog", "NA", "The cat the cat"]
    found = features(cells, {"tfidf": options})
    assert list(found) == terms


@pytest.mark.parametrize(
    ("asked", "text", "clean"),
    [
        ({}, "A Cat's 9 lives", "a cat's 9 lives"),
        ({"lower": False}, "A Cat", "A Cat"),
        ({"letters_only": True}, "It's 4 o'clock_ñ!", "it s o clock ñ "),
        ({"strip_accents": True}, "Éé ñ ﬁ Ł", "ee n fi ł"),
        ({"remove": "emails"}, "Ask <jo@x.org>, or @jo", "ask or @jo"),
        ({"remove": "emails,urls"}, "see http://x.org/a www.y.org a@b.c now", "see now"),
        ({"stop_words": "english"}, "The cat IS here", " cat  "),
        ({"stop_words": ["CAT", "english"]}, "the cat sat", "  sat"),
        ({"skip_lines": 2}, "From: a\nTo: b\nHello\nthere", "hello\nthere"),
        ({"skip_lines": 9}, "From: a", ""),
    ],
    ids=str,
)
def test_a_text_is_cleaned(asked: dict[str, Any], text: str, clean: str) -> None:
    done, _ = fit_column(
        [text, "and more words"], {"type": "text", "clean": asked, "hash_terms": True}
    )
    (block,) = done.plan.blocks
    replay = block.replays[0][1]  # type: ignore[attr-defined]
    assert isinstance(replay, CleanReplay)
    assert replay.apply(np.array([[text], [None]], dtype=object)).tolist() == [[clean], [None]]


def test_nothing_a_client_sends_takes_more_than_linear_time() -> None:
    everything = {"remove": "emails,urls", "letters_only": True, "stop_words": "english"}
    treatment = {"type": "text", "clean": everything, "hash_terms": {"analyzer": "char_wb"}}
    done, _ = fit_column(["a b c", "d e f"], treatment)
    start = time.monotonic()
    for text in ("a" * 400_000, "@" * 400_000, "a@" * 200_000, " " * 400_000, "_1" * 200_000):
        done.plan.apply(Table(np.empty((1, 0)), np.array([[text]], dtype=object)))
    assert time.monotonic() - start < 30


def test_hashed_terms_are_where_scikit_learn_puts_them() -> None:
    for term in ("", "a", "ab", "abc", "abcd", "é", "日本語のテキスト", "a" * 33, "x y"):
        assert murmur3(term.encode()) == murmurhash3_bytes_s32(term.encode(), 0)
    found = features(["cat dog", "cat"], {"hash_terms": {"features": 8, "norm": "none"}})
    expected = HashingVectorizer(n_features=8, norm=None).transform(["cat dog", "cat"]).toarray()
    np.testing.assert_array_equal(np.nan_to_num(list(found.values())).T, expected)
    assert list(found) == [str(place) for place in range(8)]


WORD = st.sampled_from(
    ["cat", "Cat", "the", "don't", "a", "naïve", "x_y", "a@b.co", "42", "\n", "日本"]
)
SENTENCE = st.one_of(
    st.just("NA"),
    st.lists(WORD, max_size=12).map(" ".join),
    st.text(st.characters(codec="utf-8"), max_size=30),
)
TREATMENTS: list[dict[str, Any]] = [
    {"tfidf": True},
    {
        "clean": {"letters_only": True, "stop_words": "english", "strip_accents": True},
        "tfidf": {"max_features": 50},
    },
    {"clean": False, "tfidf": {"sublinear_tf": True, "norm": "l1", "smooth_idf": False}},
    {"tfidf": {"ngram_max": 3, "use_idf": False, "absent": "zero", "max_features": 9}},
    {"clean": {"remove": "emails"}, "tfidf": {"analyzer": "char", "ngram_min": 2, "ngram_max": 3}},
    {"tfidf": {"analyzer": "char_wb", "ngram_max": 4, "norm": "none"}, "flag": True},
    {"hash_terms": {"features": 16, "ngram_max": 2}},
    {"hash_terms": {"features": 5, "alternate_sign": False, "norm": "l1", "analyzer": "char"}},
    {"hash_terms": {"features": 7, "absent": "zero", "analyzer": "char_wb", "ngram_min": 3}},
]


@pytest.mark.parametrize("treatment", TREATMENTS, ids=str)
@FEW
@given(st.lists(SENTENCE, max_size=8), st.lists(SENTENCE, max_size=4))
def test_texts_keep_every_bit(
    treatment: dict[str, Any], cells: list[str], unseen: list[str]
) -> None:
    known = ["the quick brown fox", "a lazy dog, and 2 cats", *cells]
    done, training = fit_column(known, {"type": "text", **treatment})
    assert is_replayed(done)
    again = fitted_transform.from_json(json.loads(done.plan.to_json()), Path())
    rest = fit_column([*known, *unseen], {"type": "text", **treatment})[1]
    for table in (training, rest, make_hostile_rows(done)):
        same_bits(filled(again.apply(table)), by_scikit_learn(done, table))
        if again.sparse:
            compressed = again.apply_sparse(table).to_dense(again.width)
            same_bits(compressed.astype(np.float32), again.apply(table))
    alone = np.concatenate([again.apply(row) for row in rest.split(1)])
    same_bits(again.apply(rest), alone)


def by_scikit_learn(done: FittedRecipe, table: Table) -> Any:
    found = done.transformer.transform(build_frame(table, done.recipe.build_schema()))
    dense = found.toarray() if hasattr(found, "toarray") else found
    return dense.astype(np.float32) + np.float32(0)


def filled(values: Any) -> Any:
    return np.where(np.isnan(values), np.float32(0), values) + np.float32(0)


def test_the_recipe_gives_what_a_vectorizer_alone_gives() -> None:
    documents = ["the cat sat on the mat", "dogs and cats", "a mat for dogs and dogs"]
    options = {"ngram_max": 2, "sublinear_tf": True, "absent": "zero"}
    done, table = fit_column(documents, {"type": "text", "tfidf": options})
    assert is_replayed(done)
    alone = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    same_bits(done.plan.apply(table), alone.fit_transform(documents).toarray().astype(np.float32))
    names = [f"x:{term}" for term in alone.get_feature_names_out()]
    assert list(done.recipe.features) == names


def test_numbers_beside_texts_are_kept_even_where_they_are_zero() -> None:
    rows = [(f"text number {n} of some words", str(n % 3), "1") for n in range(30)]
    names = ("note", "size", "price")
    done, table = fit_rows(names, rows, columns='{"note": {"tfidf": {"max_features": 4}}}')
    assert is_replayed(done)
    answer = TransformModel(done.recipe, done.plan).predict(table)
    assert isinstance(answer, SparseTable)
    assert done.recipe.features[0] == "size"
    assert answer.sparse.values.dtype == np.float32
    whole = answer.to_dense().numbers
    assert whole[:4, 0].tolist() == [0, 1, 2, 0]
    same_bits(whole, done.plan.apply(table))


def test_two_columns_of_texts_have_terms_of_their_own() -> None:
    rows = [("red apple", "green pear", "1"), ("red pear", "blue sky", "2")]
    wish = '{"type": "text", "tfidf": {"use_idf": false, "norm": "none"}}'
    columns = f'{{"a": {wish}, "b": {wish}}}'
    done, table = fit_rows(("a", "b", "price"), rows, columns=columns)
    assert " ".join(done.recipe.features) == "a:apple a:pear a:red b:blue b:green b:pear b:sky"
    expected = [[1, NAN, 1, NAN, 1, 1, NAN], [NAN, 1, 1, 1, NAN, NAN, 1]]
    np.testing.assert_array_equal(done.plan.apply(table), expected)


def test_long_different_texts_are_inferred_and_short_or_repeated_ones_are_not() -> None:
    long = [f"message number {n} of many such messages" for n in range(20)]
    assert infer_column("body", count_cells(long, frozenset())).type == "text"
    assert (
        infer_column("body", count_cells([f"{n} words here" for n in range(20)], frozenset())).type
        == "identifier"
    )
    repeated = [long[n % 9] for n in range(20)]
    assert infer_column("body", count_cells(repeated, frozenset())).type == "category"


def test_a_recipe_that_leaves_no_term_is_refused() -> None:
    with pytest.raises(UserError, match=r"fitted to the training data: .* no terms remain"):
        fit_column(["cat", "dog"], {"type": "text", "tfidf": {"min_df": 2}})


def test_scikit_learn_serves_terms_in_the_same_places(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    treatment = {"type": "text", "tfidf": True}
    expected, table = fit_column(DOCUMENTS, treatment)

    def nudged(step: Any, fitted: Any) -> Any:
        replay = TfidfReplay(**{**vars(original(step, fitted)), "norm": "l1"})
        assert replay.norm == "l1"
        return replay

    original = type(STEPS["tfidf"]).read_replay
    monkeypatch.setattr(type(STEPS["tfidf"]), "read_replay", nudged)
    done, _ = fit_column(DOCUMENTS, treatment)
    assert not is_replayed(done)
    served = reload_plan(done, tmp_path)
    assert served.sparse
    same_bits(served.apply(table), expected.plan.apply(table))
