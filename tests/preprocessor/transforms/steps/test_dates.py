"""Dates: what is read, what is refused, and the features of days a person can check."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from preprocessor.infer.type_inference import TypeConflict, infer_column
from preprocessor.transforms.estimators.dates import DateCycles, DateParser
from preprocessor.transforms.kernels import date_reader
from preprocessor.transforms.options import RecipeAddress, read_option
from preprocessor.transforms.steps.parse_date import FORMAT, TIMEZONE
from tandem.data.summaries.column_summary import count_cells
from tandem.errors import BadData, UserError
from tests.preprocessor.fits import fit_column, is_replayed, reload_plan
from tests.preprocessor.training_jobs import train_job
from tests.preprocessor.transforms.steps.test_steps import FEW, keeps_every_bit, same_bits

NOON = datetime(2024, 1, 31, 12, 30, tzinfo=UTC).timestamp()
MIDNIGHT = NOON - 12.5 * 3600


@pytest.mark.parametrize(
    ("cell", "seconds"),
    [
        ("2024-01-31", MIDNIGHT),
        ("2024/1/31", MIDNIGHT),
        ("2024.01.31 12:30", NOON),
        ("2024-01-31T12:30:00", NOON),
        ("2024-01-31T12:30Z", NOON),
        ("2024-01-31 12:30:00.250", NOON + 0.25),
        ("2024-01-31T12:30:00.123456789", NOON + 0.123),
        ("2024-01-31T14:30:00+02:00", NOON),
        ("2024-01-31T08:00:00-0430", NOON),
        ("31 Jan 2024", MIDNIGHT),
        ("31-JAN-2024 12:30", NOON),
        ("January 31, 2024 12:30 pm", NOON),
        ("Jan 31 2024 12:30 AM", MIDNIGHT + 1800),
        ("Wed, 31 Jan 2024 12:30:00 +0000", NOON),
    ],
)
def test_the_forms_of_one_date_are_one_point_in_time(cell: str, seconds: float) -> None:
    assert date_reader.build_reader("auto", UTC)(cell) == seconds


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "20240131",
        "31/01/24",
        "31/01/2024",
        "2024-02-30",
        "2024-01-31T24:00",
        "2024-01-31 13:00 pm",
        "2024-1/31",
        "0000-01-01",
        "31 Foo 2024",
        "\N{FULLWIDTH DIGIT TWO}024-01-31",
        "2024-01-31T12:30 Europe/Berlin",
        "0001-01-01T00:00+14:00",
        "1e999",
    ],
)
def test_what_is_no_date_or_leaves_its_order_open_is_not_read(cell: str) -> None:
    assert not date_reader.can_read(date_reader.build_reader("auto", UTC), cell)


def test_epochs_and_patterns_are_read_only_where_they_are_asked_for() -> None:
    assert date_reader.build_reader("epoch", UTC)("1706704200.5") == NOON + 0.5
    assert date_reader.build_reader("epoch_ms", UTC)("1706704200000") == NOON
    assert date_reader.build_reader("%d.%m.%y", UTC)("31.01.24") == MIDNIGHT
    for cell in ("1e300", "inf", "later", "1_000"):
        assert not date_reader.can_read(date_reader.build_reader("epoch", UTC), cell)
    assert (
        infer_column("sold", count_cells(["1706704200", "1706704300"], frozenset())).type
        == "number"
    )
    with pytest.raises(UserError, match="'format' must be"):
        read_option(FORMAT, "%Q", RecipeAddress().child("format"))
    with pytest.raises(UserError, match="'timezone' must be"):
        read_option(TIMEZONE, "Europe", RecipeAddress().child("timezone"))


def test_the_order_of_day_and_month_is_proven_by_one_cell_and_not_by_a_broken_one() -> None:
    assert (
        date_reader.infer_day_order(["03/04/2024", "13/04/2024", "45/01/2024"])
        == date_reader.DAY_FIRST
    )
    assert date_reader.infer_day_order(["03/04/2024", "04/13/2024"]) == date_reader.MONTH_FIRST
    assert date_reader.infer_day_order(["2024-03-04"]) is None
    with pytest.raises(date_reader.AmbiguousDayOrder):
        date_reader.infer_day_order(["03/04/2024", "45/01/2024"])
    done, table = fit_column(["03/04/2024", "13/04/2024"], {"parts": ["month", "day"]})
    assert done.plan.apply(table).tolist() == [[4, 3], [4, 13]]


def test_dates_are_inferred_and_what_leaves_them_open_is_refused_with_its_row() -> None:
    days = [f"2024-01-{day:02}" for day in range(1, 31)]
    assert infer_column("sold", count_cells(days, frozenset())).type == "datetime"
    with pytest.raises(TypeConflict) as word:
        infer_column("sold", count_cells([*days, "soon"], frozenset()))
    assert [cell for cell in [*days, "soon"] if word.value.is_wrong(cell)] == ["soon"]
    assert word.value.what == "a text stands among dates (30 of 31 values are dates)"
    cells = ["", "03/04/2024", "05/06/2024"]
    with pytest.raises(TypeConflict) as both:
        infer_column("sold", count_cells(cells, frozenset({""})))
    assert [cell for cell in cells if both.value.is_wrong(cell)] == cells[1:]
    assert '{"sold": {"type": "datetime", "parse": "day first"}}' in both.value.remedy
    with pytest.raises(BadData, match="some dates have the day first and others the month"):
        infer_column("sold", count_cells(["13/04/2024", "04/13/2024"], frozenset()))


def test_a_moment_is_moved_to_the_clock_of_the_column_and_a_bare_one_is_on_it() -> None:
    treatment = {"parse": {"timezone": "Europe/Berlin"}, "parts": ["day", "hour"]}
    cells = ["2024-07-31T23:30Z", "2024-01-31T23:30Z", "2024-07-31 23:30"]
    done, table = fit_column(cells, treatment)
    assert done.plan.apply(table).tolist() == [[1, 1], [1, 0], [31, 23]]


def test_every_part_of_a_day_known_from_the_calendar() -> None:
    names = "year,quarter,month,week,day,dayofyear,weekday,weekend,hour,minute,second"
    done, table = fit_column(
        ["2021-01-03 23:59:58", "2024-12-31", "1969-12-28T01:02:03"], {"parts": names}
    )
    assert done.recipe.features == tuple(f"x_{name}" for name in names.split(","))
    assert done.plan.apply(table).tolist() == [
        [2021, 1, 1, 53, 3, 3, 6, 1, 23, 59, 58],
        [2024, 4, 12, 1, 31, 366, 1, 0, 0, 0, 0],
        [1969, 4, 12, 52, 28, 362, 6, 1, 1, 2, 3],
    ]


@settings(max_examples=100)
@example(datetime(3059, 1, 1, 0, 0, 0, 999997))  # noqa: DTZ001 - rounds up to a second
@given(st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)))  # noqa: DTZ001 - on the wall
def test_parts_are_those_of_the_calendar(moment: datetime) -> None:
    names = ["year", "month", "week", "day", "dayofyear", "weekday", "hour", "minute", "second"]
    done, table = fit_column([moment.isoformat()], {"parse": True, "parts": names})
    _, week, _ = moment.isocalendar()
    days = moment.timetuple().tm_yday
    expected = [moment.year, moment.month, week, moment.day, days, moment.weekday()]
    clock = [moment.hour, moment.minute, moment.second]
    assert is_replayed(done)
    assert done.plan.apply(table)[0].tolist() == [*expected, *clock]


def test_january_lies_beside_december() -> None:
    names = DateCycles(["month"]).fit([[0.0]]).get_feature_names_out(["sold"])
    assert names.tolist() == ["sold_month_sin", "sold_month_cos"]
    done, table = fit_column(["2024-12-05", "2024-01-05", "2024-07-05"], {"cycles": "month"})
    december, january, july = done.plan.apply(table).astype(float)
    assert math.dist(december, january) == pytest.approx(2 * math.sin(math.pi / 12), abs=1e-6)
    assert math.dist(july, january) == pytest.approx(2, abs=1e-6)


def test_days_are_counted_from_the_earliest_date_or_from_the_one_that_is_named() -> None:
    cells = ["2024-03-01", "NA", "2024-02-28", "2024-03-01T06:00"]
    done, table = fit_column(cells, {"since": "first"})
    assert is_replayed(done)
    assert done.recipe.features == ("x_days",)
    np.testing.assert_array_equal(done.plan.apply(table)[:, 0], [2, math.nan, 0, 2.25])
    treatment = {"since": {"reference": "2024-02-29", "unit": "hours"}}
    np.testing.assert_array_equal(
        fit_column(cells, treatment)[0].plan.apply(table)[:, 0], [24, math.nan, -24, 30]
    )


def test_a_missing_date_can_be_the_middle_one() -> None:
    treatment = {"type": "datetime", "impute": "median", "parts": ["day"], "flag": True}
    done, table = fit_column(["2024-01-01", "NA", "2024-01-03", "soon"], treatment)
    assert done.plan.apply(table).tolist() == [[1, 0], [2, 1], [3, 0], [2, 0]]


def test_a_text_that_is_no_date_is_refused_with_its_row_where_that_is_asked_for(
    tmp_path: Path,
) -> None:
    treatment = {"type": "datetime", "parse": {"unparsable": "error"}}
    done, _ = fit_column(["2024-01-01"] * 2, treatment)
    table = fit_column(["2024-01-01"] * 1500 + ["soon"], {"type": "datetime"})[1]
    assert is_replayed(done)
    with pytest.raises(BadData, match="row 1501, column 'x': a date is expected") as caught:
        reload_plan(done, tmp_path).apply(table)
    assert "'unparsable' be missing" in caught.value.remedy
    houses = pd.DataFrame({"sold": ["2024-01-01", "soon"], "price": ["1", "2"]})
    columns = '{"sold": {"type": "datetime", "parse": {"unparsable": "error"}}}'
    with pytest.raises(BadData, match=r"data.csv, row 3, column 'sold': a date is expected"):
        train_job(tmp_path, houses, {"target": "price", "columns": columns})


def test_a_column_that_leaves_the_order_open_must_say_it() -> None:
    with pytest.raises(UserError, match="column 'x': every date can be read with the day first"):
        fit_column(["03/04/2024"] * 2, {"type": "datetime"})
    done, table = fit_column(
        ["03/04/2024"] * 2, {"parse": "day first", "type": "datetime", "parts": "month"}
    )
    assert done.plan.apply(table).tolist() == [[4], [4]]


DATE = st.one_of(
    st.just("NA"),
    st.dates().map(str),
    st.datetimes(timezones=st.just(UTC) | st.none()).map(datetime.isoformat),
    st.datetimes().map(lambda moment: f"{moment:%d}/{moment:%m}/2024 {moment:%H:%M}"),
    st.sampled_from(
        ["31.12.2024", "2024-02-30", "soon", "0001-01-01T00:00+14:00", "\N{SUPERSCRIPT TWO}"]
    ),
)
TREATMENTS: list[dict[str, Any]] = [
    {"parts": "year,week,weekday,dayofyear,second"},
    {"parse": {"format": "month first", "timezone": "America/St_Johns"}, "parts": "hour"},
    {"cycles": "month,weekday,hour,dayofyear,week", "since": True},
    {"impute": "mean", "since": {"reference": "2000-01-01", "unit": "minutes"}, "flag": True},
    {"parse": {"format": "%d.%m.%Y", "unparsable": "missing"}, "since": "1 May 1999"},
]


@pytest.mark.parametrize("treatment", TREATMENTS, ids=str)
@FEW
@given(st.lists(DATE, min_size=2, max_size=12), st.lists(DATE, max_size=5))
def test_dates_keep_every_bit(
    treatment: dict[str, Any], cells: list[str], unseen: list[str]
) -> None:
    known = ["2024-01-01", "31/12/2024", "31/01/2024"]
    if any(cell.startswith("04/13") for cell in cells):
        known = known[:1]
    keeps_every_bit({"type": "datetime", **treatment}, [*known, *cells], unseen)


def test_an_estimator_alone_gives_the_same_as_the_recipe() -> None:
    cells = [f"{day:02}/01/2024" for day in range(1, 20)]
    done, table = fit_column(cells, {"parse": True, "since": {"reference": "1970-01-01"}})
    alone = DateParser().fit_transform(pd.DataFrame({"x": cells})) / 86400
    same_bits(done.plan.apply(table), alone.astype(np.float32))
    assert alone[0, 0] == (datetime(2024, 1, 1, tzinfo=UTC) - timedelta(0)).timestamp() / 86400
