"""The steps of the explainer: the records that it explains, its requests, its attributions."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analyzer.online.explainer import Explainer
from analyzer.online.explainer_config import read_config
from analyzer.online.service import ExplainerService
from tandem.errors import BadData, TandemError, UserError

CSV, LINES = "text/csv", "application/jsonlines"
# Answers the body of a request to the model.
Answer = Callable[[str], str]


def make_explainer(
    folder: Path, baseline: str = "0,0,0", inference: Any = None, **shap: Any
) -> Explainer:
    given = shap.pop("baseline_config", {"ShapBaseline": baseline})
    config = {
        "EnableExplanations": shap.pop("enable", "`true`"),
        "InferenceConfig": inference or {},
        "ShapConfig": {"ShapBaselineConfig": given, **shap},
    }
    (folder / "explainer.json").write_text(json.dumps(config), encoding="utf-8")
    return Explainer(read_config(folder))


def select(
    explainer: Explainer, body: str, answer: str, types: tuple[str, str], **more: str
) -> dict[str, Any]:
    fields = {"content_type": types[0], "answer_type": types[1], "body": body, "answer": answer}
    return explainer.select(fields | more)


def attribute(
    explainer: Explainer, body: str, answer: Answer, types: tuple[str, str] = (CSV, CSV)
) -> list[Any]:
    """Return the attributions of each record, as the platform asks for them."""
    kinds = {"content_type": types[0], "answer_type": types[1]}
    found = []
    for chosen in select(explainer, body, answer(body), types)["selected"]:
        plan = explainer.plan(kinds | chosen)
        answers = [answer(request) for request in plan["requests"]]
        told = kinds | chosen | plan | {"answers": answers}
        explanation = explainer.explain(told)["explanation"]
        found.append([one["attributions"][0]["attribution"] for one in explanation])
    return found


def score_lines(body: str) -> str:
    """A linear model, and a second score that is its half."""
    rows = [[float(cell) for cell in line.split(",")] for line in body.splitlines()]
    totals = [0.1 + 0.2 * a - 0.3 * b + 0.05 * c for a, b, c in rows]
    return "".join(f"{total},{total / 2}\n" for total in totals)


def test_attributions_of_a_linear_model_are_its_terms(tmp_path: Path) -> None:
    explainer = make_explainer(tmp_path, "1,1,1\n3,-1,0\n")
    first, second = attribute(explainer, "2,1,4\n0,0,0.5\n", score_lines)
    # The means of the baseline are 2, 0 and 0.5.
    assert np.allclose(first, [[0.0, 0.0], [-0.3, -0.15], [0.175, 0.0875]])
    assert np.allclose(second, [[-0.4, -0.2], [0.0, 0.0], [0.0, 0.0]])


def test_json_lines_go_in_and_out_by_templates_and_paths(tmp_path: Path) -> None:
    seen: list[Any] = []

    def answer(body: str) -> str:
        records = [json.loads(line)["data"]["x"] for line in body.splitlines()]
        seen.extend(records)
        scores = [{"p": 1.0 if color == "red" else size / 10} for size, color in records]
        return "".join(json.dumps(score) + "\n" for score in scores)

    inference = {
        "FeaturesAttribute": "data.x",
        "ContentTemplate": '{"data":{"x":$features}}',
        "ProbabilityAttribute": "p",
        "FeatureHeaders": ["size", "color"],
        "MaxRecordCount": 2,
    }
    explainer = make_explainer(tmp_path, "2,blue", inference)
    body = '{"data": {"x": [4, "red"]}}\n'
    [found] = attribute(explainer, body, answer, (LINES, LINES))
    # v() = 0.2, v(size) = 0.4, v(color) = v(both) = 1
    assert found == [[pytest.approx(0.1)], [pytest.approx(0.7)]]
    assert [4, "blue"] in seen
    assert [2, "red"] in seen
    plan = explainer.plan({"content_type": LINES, "record": [4, "red"]})
    assert plan["rows"] == [2, 1]
    with pytest.raises(BadData, match="ProbabilityAttribute to a JMESPath"):
        attribute(make_explainer(tmp_path, "2,blue"), "4,red", lambda _: '{"p": 1}', (CSV, LINES))


@pytest.mark.parametrize(
    ("answer", "types", "expression", "explained"),
    [
        ("0.4\n0.6\n", (CSV, CSV), "[0]>`0.5`", [1]),
        ("0.4,0.6", (CSV, CSV), "[0]<`0.5`", [0]),
        ("0.4\n0.6\n", (CSV, CSV), "`false`", []),
        ('{"p": 0.4}\n{"p": 0.6}\n', (CSV, LINES), "p>`0.5`", [1]),
        ("0.4\n0.6\n", (CSV, "text/csv; charset=utf-8"), "", [0, 1]),
    ],
)
def test_the_expression_chooses_records_by_their_predictions(
    answer: str, types: tuple[str, str], expression: str, explained: list[int], tmp_path: Path
) -> None:
    explainer = make_explainer(tmp_path, inference={"ProbabilityAttribute": "p"})
    told = select(explainer, "1,2,3\n4,5,6\n", answer, types, enable=expression)
    assert told["count"] == 2
    assert [chosen["index"] for chosen in told["selected"]] == explained


def test_labels_and_scores_are_lists_within_a_cell(tmp_path: Path) -> None:
    answer = "\"['cat','dog']\",\"[0.1,0.9]\"\n"
    inference: dict[str, Any] = {"ProbabilityIndex": 1, "LabelIndex": 0}
    told = select(make_explainer(tmp_path, inference=inference), "1,2,3", answer, (CSV, CSV))
    assert told["labels"] == ["cat", "dog"]
    assert told["selected"][0]["scores"] == [0.1, 0.9]
    inference |= {"LabelHeaders": ["a", "b"]}
    named = select(make_explainer(tmp_path, inference=inference), "1,2,3", answer, (CSV, CSV))
    assert named["labels"] == ["a", "b"]


def test_samples_seed_and_sizes_are_those_of_the_configuration(tmp_path: Path) -> None:
    wide = ",".join("0" for _ in range(20))
    record = {"content_type": CSV, "record": ["1"] * 20}
    fixed = make_explainer(tmp_path, wide, NumberOfSamples=100, Seed=3)
    plan = fixed.plan(record)
    assert (
        sum(plan["rows"]) == 101
    )  # 20 features: 40 coalitions of one size, 60 drawn, the baseline
    assert fixed.plan(record) == plan
    free = make_explainer(tmp_path, wide)
    first, second = free.plan(record), free.plan(record)
    assert sum(first["rows"]) == 2 * 20 + 2048 + 1
    assert first["requests"] != second["requests"]


def test_log_odds_are_explained_on_demand(tmp_path: Path) -> None:
    def answer(body: str) -> str:
        return "".join("0.9\n" if line.startswith("1") else "0.5\n" for line in body.splitlines())

    explainer = make_explainer(tmp_path, "0,0", UseLogit=True)
    [found] = attribute(explainer, "1,1\n", answer)
    assert found[0] == [pytest.approx(2.1972246)]
    assert found[1] == [pytest.approx(0)]
    with pytest.raises(BadData, match="UseLogit is true, and a score is no probability"):
        attribute(explainer, "1,1\n", lambda body: "2\n" * len(body.splitlines()))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"body": "1,2\n"}, "record 1 has 2 features, and ShapBaseline has 3"),
        ({"answer": "0.1\n0.2\n"}, "the model answered 2 records for 1"),
        ({"enable": "[0"}, "EnableExplanations is no valid JMESPath"),
        ({"enable": "[0]"}, "EnableExplanations is neither true nor false"),
        ({"answer": "yes\n"}, "the model's score is no number: .'yes'."),
        ({"answer_type": "application/json"}, "of the model's answer is application/json"),
        ({"content_type": LINES}, "a record has no list of features"),
        ({"content_type": None}, "the content type of the request is missing"),
        ({"body": "\n"}, "the body is empty"),
    ],
)
def test_what_does_not_fit_is_refused(
    changes: dict[str, Any], sentence: str, tmp_path: Path
) -> None:
    given = {"content_type": CSV, "answer_type": CSV, "body": "1,2,3\n", "answer": "0.5\n"}
    if changes.get("content_type") == LINES:
        given["body"] = '{"a": 1}\n'
    explainer = make_explainer(tmp_path)
    with pytest.raises(TandemError, match=sentence) as refused:
        explainer.select(given | changes)
    assert refused.value.status in {400, 415}


def test_the_service_knows_three_steps(tmp_path: Path) -> None:
    service = ExplainerService(make_explainer(tmp_path), None, 1)
    body = json.dumps({"step": "plan", "content_type": CSV, "record": ["1", "2", "3"]})
    assert json.loads(service.invoke(None, None, body.encode()).body)["rows"] == [7]
    for wrong in (b"{}", b"no", b'{"step": "other"}'):
        with pytest.raises(BadData, match="is no message to the explainer"):
            service.invoke(None, None, wrong)


def test_a_server_without_a_valid_configuration_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"missing explainer\.json"):
        read_config(tmp_path)
    with pytest.raises(UserError, match=r"InferenceConfig\.ProbabilityAttribute is no valid JMESP"):
        make_explainer(tmp_path, inference={"ProbabilityAttribute": "a["})
    with pytest.raises(UserError, match="the body is empty"):
        make_explainer(tmp_path, "\n")
