"""Steps that learn from the target: known values, every bit, and no label in a training feature."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.model_selection import PredefinedSplit
from sklearn.preprocessing import TargetEncoder

from preprocessor.data.data_frame import build_frame
from preprocessor.fit.recipe_fit import FittedRecipe
from preprocessor.plan import training_rows
from preprocessor.serving import load_model
from preprocessor.transforms.estimators.target_order import TargetOrdinalEncoder
from tandem.data.tables import Records, Table
from tandem.errors import BadData, UserError
from tests.preprocessor.fits import fit_rows, is_replayed, make_hostile_rows, reload_plan
from tests.preprocessor.training_jobs import make_houses, train_job

NAMES = ("zone", "size", "price")
TREATED = {"size": {"type": "number", "impute": "none"}}
PRICE = st.floats(-1e6, 1e6).map(repr)
ZONE = st.one_of(st.just("NA"), st.sampled_from(["A", "B", "é", "a,b", " ", "(missing)"]))


def encoded(
    rows: Sequence[tuple[str, ...]], treatment: object, **hyperparameters: str
) -> tuple[FittedRecipe, Table]:
    """Fit a category, a number that makes rows differ, and a target."""
    columns = json.dumps({"zone": treatment, **TREATED})
    return fit_rows(NAMES, rows, columns=columns, **hyperparameters)


def unlabelled(table: Table) -> Table:
    return replace(table, label=None)


def noise(rows: int, zones: int) -> list[tuple[str, ...]]:
    """Give rows whose category says nothing of the target."""
    generator = np.random.default_rng(1)
    return [
        (f"zone {generator.integers(zones)}", str(row), repr(float(generator.normal())))
        for row in range(rows)
    ]


@settings(max_examples=8)
@given(
    st.lists(st.tuples(ZONE, PRICE), min_size=4, max_size=20),
    st.sampled_from([None, 0, 2.5]),
    st.sampled_from(["number", "two", "three"]),
)
def test_serving_and_training_rows_keep_scikit_learns_bits(
    cells: list[tuple[str, str]], smooth: float | None, kind: str
) -> None:
    names = {"two": ["no", "yes"], "three": ["x", "y", "z"]}.get(kind)
    rows = [
        (zone, str(index), price if names is None else names[index % len(names)])
        for index, (zone, price) in enumerate(cells)
    ]
    wish = {"target_encode": {"smooth": smooth, "folds": 2}, "rare": {"min_count": 2}}
    done, table = encoded(rows, {"type": "category", **wish})
    assert is_replayed(done)
    for part in (table, make_hostile_rows(done)):
        with np.errstate(all="ignore"):
            features = done.transformer.transform(build_frame(part, done.recipe.build_schema()))
            expected = features.astype(np.float32)
        assert done.plan.apply(unlabelled(part)).tobytes() == expected.tobytes()
    assert done.plan.apply(table).tobytes() == crossed(done, table).tobytes()


def crossed(done: FittedRecipe, table: Table) -> np.ndarray:
    """Let scikit-learn itself cross-fit over the folds of the rows."""
    rows = training_rows.remember_rows(table)
    name = next(b.name for b in done.recipe.blocks if "zone" in b.columns)
    pipeline = clone(done.transformer.named_transformers_[name])
    folds = PredefinedSplit(rows.find_indices(table) % 2)
    pipeline.set_params(target_encode__cv=folds)
    whole = build_frame(table, done.recipe.build_schema())
    classes = done.recipe.classes
    label = table.label
    assert label is not None
    two = classes is not None and len(classes) == 2
    target = np.asarray(label == (classes or ("", ""))[1], dtype=float) if two else label
    own = pipeline.fit_transform(whole[["zone"]], list(target))
    return np.column_stack([whole[["size"]], own]).astype(np.float32)


def test_a_category_is_the_mean_of_the_target_drawn_to_the_mean_of_all() -> None:
    rows = [("A", "1", "10"), ("A", "2", "20"), ("B", "3", "60"), ("B", "4", "70")]
    done, table = encoded(rows, {"target_encode": {"smooth": 2, "folds": 2}})
    served = done.plan.apply(unlabelled(table))[:, 1].tolist()
    assert served == [(30 + 2 * 40) / 4] * 2 + [(130 + 2 * 40) / 4] * 2
    stranger = Table(np.array([[1.0]]), np.array([["Z"]], dtype=object))
    assert done.plan.apply(stranger)[0, 1] == 40.0


def test_of_classes_it_is_the_share_of_each() -> None:
    zones, classes = ["A", "A", "A", "A", "B", "B"], ["no", "no", "no", "yes", "yes", "yes"]
    rows = [(z, str(i), c) for i, (z, c) in enumerate(zip(zones, classes, strict=True))]
    done, table = encoded(rows, {"target_encode": {"smooth": 0, "folds": 2}})
    assert done.plan.apply(unlabelled(table))[:, 1].tolist() == [0.25] * 4 + [1.0] * 2
    rows[0] = ("A", "0", "maybe")
    done, table = encoded(rows, {"target_encode": {"smooth": 0, "folds": 2}})
    assert done.recipe.features == ("size", "zone_maybe", "zone_no", "zone_yes")
    assert done.recipe.sources[1:] == (("zone",),) * 3
    assert done.plan.apply(unlabelled(table))[:, 1:].tolist() == [
        *[[0.25, 0.5, 0.25]] * 4,
        *[[0.0, 0.0, 1.0]] * 2,
    ]


def test_whole_numbers_are_no_classes_and_a_scaled_target_is_learnt_as_the_booster_does() -> None:
    rows = [("A", "1", "0"), ("A", "2", "99"), ("B", "3", "9"), ("B", "4", "999")]
    wish = {"target_encode": {"smooth": 0, "folds": 2}}
    done, table = encoded(rows, wish, target_scale="log1p")
    expected = [np.log(100) / 2] * 2 + [np.log(10_000) / 2] * 2
    np.testing.assert_allclose(done.plan.apply(unlabelled(table))[:, 1], expected, rtol=1e-6)


def test_the_label_of_a_training_row_is_not_in_its_own_feature() -> None:
    rows = noise(rows=400, zones=150)
    done, table = encoded(rows, {"target_encode": {"smooth": 0}})
    assert table.label is not None
    naive = np.corrcoef(done.plan.apply(unlabelled(table))[:, 1], table.label)[0, 1]
    own = np.corrcoef(done.plan.apply(table)[:, 1], table.label)[0, 1]
    assert naive > 0.5
    assert own < 0.1


def test_a_training_row_is_known_in_any_company_order_and_artifact(tmp_path: Path) -> None:
    rows = noise(rows=60, zones=5)
    done, table = encoded(rows, "target_encode")
    features = done.plan.apply(table)
    backwards = done.recipe.build_schema().to_table(Records(rows[::-1], NAMES))
    served = reload_plan(done, tmp_path)
    assert served.apply(backwards)[::-1].tobytes() == features.tobytes()
    alone = [done.recipe.build_schema().to_table(Records([row], NAMES)) for row in rows]
    assert np.concatenate([served.apply(row) for row in alone]).tobytes() == features.tobytes()
    assert not np.array_equal(features, done.plan.apply(unlabelled(table)))


def test_a_labelled_row_that_was_not_there_is_treated_as_in_serving() -> None:
    done, table = encoded(noise(rows=60, zones=5), "target_encode")
    assert table.label is not None
    stranger = replace(table, label=table.label + 1)
    expected = done.plan.apply(unlabelled(table))
    assert done.plan.apply(stranger).tobytes() == expected.tobytes()


def test_more_rows_than_are_transformed_at_a_time_keep_their_folds() -> None:
    rows = noise(rows=2500, zones=20)
    done, table = encoded(rows, "target_encode")
    parts = [
        replace(part, label=table.label[start : start + 1000])
        for start, part in zip(range(0, 2500, 1000), table.split(1000), strict=True)
        if table.label is not None
    ]
    together = np.concatenate([done.plan.apply(part) for part in parts])
    assert done.plan.apply(table).tobytes() == together.tobytes()


def test_a_job_writes_what_it_needs_and_serves_it(tmp_path: Path) -> None:
    table = make_houses()
    paths = train_job(tmp_path, table, {"target": "SalePrice", "encode": "target_encode"})
    model = load_model(paths.model)
    names = tuple(table.columns)
    records = Records(list(table.itertuples(index=False, name=None)), names)
    rows = model.schema.to_table(records)
    labelled, bare = model.predict(rows).numbers, model.predict(unlabelled(rows)).numbers
    place = model.features.index("Zone")
    different = (labelled != bare).any(axis=0)
    assert [n for n, d in zip(model.features, different, strict=True) if d] == ["Zone", "PoolQC"]
    encoder = TargetEncoder(target_type="continuous").fit(
        table[["Zone"]], table["SalePrice"].astype(float)
    )
    expected = encoder.transform(table[["Zone"]]).astype(np.float32)[:, 0]
    assert bare[:, place].tobytes() == expected.tobytes()
    (paths.model / training_rows.NAME).write_bytes(b"damaged")
    with pytest.raises(UserError, match=r"training_rows.npy: cannot be read"):
        load_model(paths.model)


def test_categories_in_the_order_of_the_target() -> None:
    rows = [("A", "1", "5"), ("B", "2", "9"), ("B", "3", "1"), ("C", "4", "5"), ("C", "5", "2")]
    done, table = encoded(rows, "ordinal_by_target")
    assert is_replayed(done)
    assert done.plan.apply(table)[:, 1].tolist() == [1, 1, 1, 0, 0]
    done, table = encoded(rows, {"ordinal_by_target": "mean"})
    assert done.plan.apply(table)[:, 1].tolist() == [1, 1, 1, 0, 0]
    rows[1] = ("B", "2", "11")
    done, table = encoded(rows, {"ordinal_by_target": "mean"})
    assert done.plan.apply(table)[:, 1].tolist() == [1, 2, 2, 0, 0]
    stranger = Table(np.array([[1.0]]), np.array([["Z"]], dtype=object))
    assert np.isnan(done.plan.apply(stranger)[0, 1])


@settings(max_examples=8)
@given(st.lists(st.tuples(ZONE, PRICE), min_size=2, max_size=20))
def test_the_order_rises_with_the_target_and_keeps_every_bit(cells: list[tuple[str, str]]) -> None:
    rows = [(zone, str(index), price) for index, (zone, price) in enumerate(cells)]
    done, table = encoded(rows, "ordinal_by_target")
    assert is_replayed(done)
    places = done.plan.apply(table)[:, 1]
    zones = pd.Series(table.texts[:, 0]).fillna("(missing)")
    medians = pd.Series(table.label).groupby(zones).median()
    by_place = pd.Series(medians.reindex(zones).to_numpy()).groupby(places).agg(["min", "max"])
    assert (by_place["min"] == by_place["max"]).all()
    assert by_place["min"].is_monotonic_increasing


def test_of_two_classes_the_order_is_that_of_the_second_ones_share() -> None:
    rows = [("A", "1", "no"), ("A", "2", "yes"), ("B", "3", "no"), ("B", "4", "no")]
    done, table = encoded([*rows, ("A", "5", "no")], "ordinal_by_target")
    assert done.plan.apply(table)[:, 1].tolist() == [1, 1, 0, 0, 1]
    with pytest.raises(UserError, match="needs a target that is a number or has two classes, and"):
        encoded([*rows, ("A", "5", "maybe")], "ordinal_by_target")


def test_what_learns_from_the_target_needs_one_in_every_row() -> None:
    rows = [("A", "1", "1"), ("A", "2", "NA"), ("B", "3", "4")]
    with pytest.raises(BadData, match=r"row 2, column 'price': step 'target_encode' of column 'zo"):
        encoded(rows, "target_encode")
    with pytest.raises(UserError, match="'ordinal_by_target' of column 'zone' learns from the tar"):
        encoded(rows, "ordinal_by_target", target="-")
    with pytest.raises(UserError, match="5 folds, and there are 2 different rows"):
        encoded([*[("A", "1", "1")] * 5, ("B", "3", "4")], "target_encode")


def test_the_ordinal_encoder_is_an_estimator_like_any_other() -> None:
    zones = pd.DataFrame({"zone": ["a", "b", "b", None]}, dtype=object)
    encoder = clone(TargetOrdinalEncoder(by="mean")).set_output(transform="pandas")
    found = encoder.fit_transform(zones, [9.0, 1.0, 2.0, 3.0])
    assert found["zone"].tolist()[:3] == [1, 0, 0]
    assert np.isnan(found["zone"].iloc[3])
    assert encoder.get_feature_names_out().tolist() == ["zone"]
