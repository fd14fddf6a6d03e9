"""The charts of a search's report have their values beside them."""

from __future__ import annotations

from local_test.automl.report.charts import draw_bars, draw_lines


def test_the_values_of_lines_are_a_row_for_each_place() -> None:
    chart = draw_lines({"train": [(1, 0.5), (2, 0.25)], "test": [(2, 1 / 3)]}, "rounds", "loss")
    assert chart is not None
    assert chart.heads == ("rounds", "train", "test")
    assert chart.rows == [["1", "0.5", ""], ["2", "0.25", "0.333333"]]
    assert draw_lines({"train": []}, "rounds", "loss") is None


def test_many_values_are_thinned_out_and_the_ends_are_kept() -> None:
    chart = draw_lines({"train": [(place, 2.0 * place) for place in range(1000)]}, "rounds", "loss")
    assert chart is not None
    assert 30 <= len(chart.rows) <= 41
    assert (chart.rows[0], chart.rows[-1]) == (["0", "0"], ["999", "1998"])


def test_bars_have_whole_names_in_their_values() -> None:
    name = "a name of more than twenty-two characters"
    chart = draw_bars([(name, 0.125)])
    assert chart.rows == [(name, "12.50%")]
    assert f"<title>{name}</title>" in chart.svg
