"""What a run leaves behind: the summary, tables, the picture."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from benchmarks import __main__ as program
from benchmarks.harness import results_file, text_tables
from benchmarks.harness.benchmark import Benchmark, Candidate, Figures, Goal, Plan
from benchmarks.harness.process_usage import BenchmarkFailed
from benchmarks.harness.round_robin import (
    Spread,
    Verdict,
    judge_goals,
    run_rounds,
    summarize,
    summarize_rounds,
)
from benchmarks.harness.run_summary import BenchmarkRun, conclude
from benchmarks.load.goals import build_goals
from benchmarks.pages import load_chart, readme_paragraph

NAMES = [
    *("xgboost_p50", "xgboost_rps", "xgboost_rows"),
    *("transform_p50", "transform_rps", "transform_rows"),
    *("chain_p50", "chain_rps", "chain_rows"),
    *("cold_start", "memory"),
]


def test_the_summary_is_tandem_over_the_plain_pattern() -> None:
    promised = [
        *build_goals("xgboost", ["plain", "MLServer"]),
        *build_goals("transform", ["plain", "MLServer"]),
        *build_goals("chain", ["plain"]),
    ]
    beside_plain = {goal.summary: goal for goal in promised if goal.baseline == "plain"}
    assert {beside_plain[name].candidate for name in NAMES} == {"Tandem"}
    assert "xgboost_p50_mlserver" not in beside_plain
    facts = [
        {"summary": goal.summary, "ratio": {"median": place}} for place, goal in enumerate(promised)
    ]
    found = results_file.merge_results([{"name": "load", "goals": facts}])
    summary, every = found["summary"], found["goals"]
    assert isinstance(summary, dict)
    assert isinstance(every, dict)
    assert list(summary) == NAMES
    assert summary["xgboost_rps"] == every["xgboost_rps"] == 1
    assert len(every) == len(promised)  # no two goals have one name


def test_results_are_gathered_as_often_as_one_likes(tmp_path: Path) -> None:
    for name, ratio in (("load_xgboost", 0.2), ("start", 0.9), ("load_xgboost", 0.25)):
        goals_ = [{"summary": f"{name}_p50".removeprefix("load_"), "ratio": {"median": ratio}}]
        facts = {"name": name, "goals": goals_, "rounds": {}}
        results_file.write_json(tmp_path / f"{name}.json", facts)
        results_file.write_results(tmp_path)
    found = json.loads((tmp_path / "results.json").read_bytes())
    assert found["summary"] == {"xgboost_p50": 0.25}
    assert found["goals"] == {"xgboost_p50": 0.25, "start_p50": 0.9}
    assert [part["name"] for part in found["benchmarks"]] == ["load_xgboost", "start"]


def test_a_goal_without_a_baseline_is_the_figure_itself() -> None:
    sizes = iter([380.0, 420.0, 410.0])

    def measure() -> Figures:
        return {"mb": next(sizes)}

    plan = Plan([Candidate("image", measure)], [Goal("image_mb", "mb", "image", most=400)])
    (verdict,) = judge_goals(plan, run_rounds(plan, lambda _: None))
    assert verdict.ratio == Spread(380, 410, 420)
    assert not verdict.kept
    assert (
        text_tables.format_goals([verdict]) == "  ✗ image_mb  410 (380 to 420)  image  at most 400"
    )


def test_what_is_not_promised_is_told_without_a_verdict() -> None:
    verdict = Verdict(Goal("pace", "ms", "fast", "slow"), summarize([0.5]))
    assert verdict.kept
    assert text_tables.format_goals([verdict]) == "  · pace  0.5 (0.5 to 0.5)  fast / slow"


def test_a_missed_goal_ends_the_run_with_a_code_and_its_name(
    capsys: pytest.CaptureFixture[str],
) -> None:
    kept = Verdict(Goal("pace", "ms", "fast", "slow", most=0.6), summarize([0.5]))
    missed = Verdict(Goal("rows", "rows", "fast", "slow", least=2), summarize([12_345.6, 1, 1]))
    conclude([BenchmarkRun("one", 61.4, [kept])])
    told = capsys.readouterr().out
    assert told.endswith("\nIn all 1 min 1 s: one 61 s.\n1 of 1 goals are kept.\n")
    with pytest.raises(SystemExit) as ended:
        conclude([BenchmarkRun("one", 2.0, [kept]), BenchmarkRun("two", 3.0, [missed])])
    assert ended.value.code == 1
    assert capsys.readouterr().out.splitlines()[1:] == [
        "Summary",
        "  ✗ rows  two  1 (1 to 12,346)   at least 2",
        "  ✓ pace  one  0.5 (0.5 to 0.5)  at most 0.6",
        "",
        "In all 0 min 5 s: one 2 s, two 3 s.",
        "1 of 2 goals are kept.",
    ]


def test_a_benchmark_that_cannot_run_does_not_end_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(_: Path) -> Plan:
        raise BenchmarkFailed("wrk is not installed")

    def measure() -> Figures:
        return {"ms": 1.0}

    quick = Plan([Candidate("fast", measure)], [Goal("pace", "ms", "fast", most=2)], rounds=1)
    monkeypatch.setattr(program, "FOLDER", tmp_path)
    broken, whole = Benchmark("a", "a", refuse), Benchmark("b", "b", lambda _: quick)
    runs = [program.try_benchmark(each) for each in (broken, whole)]
    assert [(run.failure, len(run.verdicts)) for run in runs] == [
        ("wrk is not installed", 0),
        ("", 1),
    ]
    with pytest.raises(SystemExit):
        conclude(runs)
    told = capsys.readouterr()
    assert told.err == "a failed: wrk is not installed\n"
    assert "1 of 1 goals are kept." in told.out


def test_candidates_stand_beside_each_other() -> None:
    rounds: dict[str, list[Figures]] = {
        "Tandem": [{"ms": 1.0, "mb": 76.0}],
        "plain": [{"ms": 12.5}],
    }
    assert text_tables.format_spreads(summarize_rounds(rounds)).splitlines() == [
        "      Tandem         plain",
        "  ms  1 (1 to 1)     12.5 (12.5 to 12.5)",
        "  mb  76 (76 to 76)  -",
    ]


def part(name: str, **p50_ms: float) -> dict[str, Any]:
    """Make a benchmark's results in which one figure tells the candidates apart."""
    figures = {
        candidate: {
            column.figure: {"least": 2.0, "median": 4.0, "greatest": 6.0}
            for column in load_chart.COLUMNS
        }
        | {"p50_ms": {"least": value, "median": value, "greatest": value}}
        for candidate, value in p50_ms.items()
    }
    machine = {"cores": 2, "processor": "Z80 & friends", "versions": {"python": "3.11.7"}}
    rounds: dict[str, list[Figures]] = {candidate: [{}, {}, {}] for candidate in figures}
    about = {"peers": {"mlserver": "1.7.1"}}
    facts = {"date": "2026-11-21T20:50:00+00:00", "machine": machine, "about": about}
    return {"name": name, "figures": figures, "rounds": rounds, **facts}


def test_bars_are_as_long_as_their_figures() -> None:
    svg = load_chart.draw_chart(
        [
            part("load_xgboost", Tandem=0.25, plain=1.0, MLServer=0.5),
            part("load_transform", Tandem=0.2, plain=5.0),
            part("load_chain", Tandem=0.5, plain=7.0),
        ]
    )
    root = ET.fromstring(svg)  # noqa: S314 - our own
    space = "{http://www.w3.org/2000/svg}"
    bars = [
        (each.get("class"), float(each.get("width", "nan")), float(each.get("x", "nan")))
        for each in root.iter(f"{space}rect")
    ]
    legend, first = bars[:3], bars[3:6]
    assert [name for name, _, _ in legend] == ["Tandem", "plain", "MLServer"]
    assert [name for name, _, _ in first] == ["Tandem", "plain", "MLServer"]
    longest = first[1][1]
    assert [round(width / longest, 2) for _, width, _ in first] == [0.25, 1, 0.5]
    words = [each.text or "" for each in root.iter(f"{space}text")]
    assert {"0.25 ms", "1.00 ms", "0.50 ms", "5.00 ms", "7.00 ms"} <= set(words)
    assert words[-3].startswith("2026-11-21, 2 cores of Z80 & friends")
    assert "Medians of 3 rounds" in words[-3]
    assert words[-1] == "Python 3.11.7, MLServer 1.7.1."
    assert re.search(r"prefers-color-scheme: dark", svg)
    right = max(x + width for _, width, x in bars)
    assert right < float(root.get("viewBox", "").split()[2])
    assert not any(math.isnan(width) for _, width, _ in bars)


def test_the_readme_tells_what_was_measured() -> None:
    summary = {
        "chain_p50": 0.0625,
        "chain_rps": 19.6,
        "chain_rows": 2.54,
        "cold_start": 0.2,
        "memory": 0.21,
    }
    found = {"summary": summary, "benchmarks": [part("load_chain", Tandem=0.451, plain=7.0)]}
    readme = (load_chart.ROOT / "README.md").read_text(encoding="utf-8")
    told = readme_paragraph.insert_paragraph(readme, found)
    assert "takes 0.45 ms; the same two\nmodels" in told
    assert "take 7.00 ms. The containers\nanswer 20 times as many requests" in told
    assert "and 2.5 times as many rows in\nrequests of 1000, in 21% of the memory" in told
    assert "2026-11-21, 2 cores of Z80 & friends;" in told
    assert told.count("docs/img/bench-load.svg") == 1
    assert readme_paragraph.insert_paragraph(told, found) == told
    with pytest.raises(ValueError, match=r"README\.md has no lines"):
        readme_paragraph.insert_paragraph("no markers", found)
