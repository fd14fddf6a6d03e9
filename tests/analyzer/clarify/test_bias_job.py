"""Jobs that need no model: bias of labels and of predicted labels that the data set has."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from analyzer.clarify.job_paths import find_config
from tandem.contract.paths import Paths
from tandem.errors import UserError
from tests.analyzer.clarify.jobs import make_config, make_loans, run_clarify, run_loans


def read_metrics(analysis: Any, facet: str = "sex", stage: str = "pre") -> dict[str, Any]:
    section = analysis[f"{stage}_training_bias_metrics"]
    return {metric["name"]: metric["value"] for metric in section["facets"][facet][0]["metrics"]}


def test_a_job_writes_the_analysis_and_all_forms_of_the_report(tmp_path: Path) -> None:
    analysis = run_loans(tmp_path, make_config())
    loans = make_loans()
    women, men = loans[loans.sex == "f"], loans[loans.sex == "m"]
    metrics = read_metrics(analysis)
    assert metrics["DPL"] == pytest.approx(men.approved.mean() - women.approved.mean())
    assert metrics["CI"] == pytest.approx((len(men) - len(women)) / len(loans))
    assert sorted(metrics) == ["CDDL", "CI", "DPL", "JS", "KL", "KS", "LP", "TVD"]
    section = analysis["pre_training_bias_metrics"]
    assert analysis["version"] == "1.0"
    assert (section["label"], section["label_value_or_threshold"]) == ("approved", "1")
    output = tmp_path / "processing" / "output"
    page = (output / "report.html").read_text()
    assert f"{metrics['DPL']:.4g}" in page
    assert "positive labels are rarer in the facet than in the rest" in page
    assert (output / "report.pdf").read_bytes().startswith(b"%PDF-")
    notebook = json.loads((output / "report.ipynb").read_text())
    assert any(f"{metrics['DPL']:.4g}" in "".join(cell["source"]) for cell in notebook["cells"])


def write_formats() -> dict[str, tuple[dict[str, Any], str | bytes]]:
    """Write the loans in every format, with what the configuration says of it."""
    loans = make_loans()
    names = [name for name in loans.columns if name != "approved"]
    rows = loans[names].to_numpy(dtype=object).tolist()
    labels = loans["approved"].tolist()
    records = [{"x": row, "y": label} for row, label in zip(rows, labels, strict=True)]
    parquet = io.BytesIO()
    loans.to_parquet(parquet)
    named: dict[str, Any] = {"headers": None}
    lines = {"headers": [*names, "approved"], "features": "x", "label": "y"}
    document = {"headers": names, "features": "rows[*].x", "label": "rows[*].y"}
    return {
        "text/csv": (named, loans.to_csv(index=False)),
        "application/jsonlines": (lines, "\n".join(map(json.dumps, records))),
        "application/json": (document, json.dumps({"rows": records})),
        "application/x-parquet": (named, parquet.getvalue()),
    }


def test_all_formats_give_the_same_metrics(tmp_path: Path) -> None:
    expected = read_metrics(run_loans(tmp_path / "plain", make_config()))
    for number, (dataset_type, (changed, content)) in enumerate(write_formats().items()):
        config = make_config(dataset_type=dataset_type, **changed)
        analysis = run_clarify(tmp_path / str(number), config, {"data": content})
        assert read_metrics(analysis) == pytest.approx(expected), dataset_type


def test_several_facets_and_files_and_predicted_labels_of_the_data_set(tmp_path: Path) -> None:
    loans = make_loans()
    loans["predicted"] = (loans.income > 52).astype(int)
    text = loans.to_csv(index=False, header=False).splitlines(keepends=True)
    config = make_config(
        headers=list(loans.columns),
        label=0,
        predicted_label="predicted",
        facet=[{"name_or_index": "sex"}, {"name_or_index": 3, "value_or_threshold": [40]}],
        methods={"post_training_bias": {"methods": ["DI", "AD"]}},
    )
    files: dict[str, str | bytes] = {"1.csv": "".join(text[:90]), "2.csv": "".join(text[90:])}
    analysis = run_clarify(tmp_path, config, files)
    facets = analysis["post_training_bias_metrics"]["facets"]
    assert [group["value_or_threshold"] for group in facets["sex"]] in (["f", "m"], ["m", "f"])
    assert [group["value_or_threshold"] for group in facets["age"]] == ["(40, 79]"]
    old, young = loans[loans.age > 40], loans[loans.age <= 40]
    metrics = read_metrics(analysis, "age", "post")
    assert metrics["DI"] == pytest.approx(old.predicted.mean() / young.predicted.mean())
    assert list(metrics) == ["AD", "DI"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"dataset_type": "text/plain"}, "dataset_type is 'text/plain'. Use text/csv,"),
        ({"dataset_type": "application/x-image"}, "'application/x-image' is not supported here"),
        ({"colour": 1}, "unknown field colour"),
        ({"methods": {"shapp": {}}}, r"unknown field methods.shapp. Did you mean 'shap'"),
        ({"methods": {"report": {"name": "report"}}}, "no method to compute"),
        ({"methods": {"shap": {}}}, "shap and pdp need the field predictor"),
        ({"methods": {"pre_training_bias": {"methods": ["XX"]}}}, "unknown bias metric 'XX'"),
        ({"methods": {"post_training_bias": {"methods": "all"}}}, "post_training_bias needs"),
        ({"label": None}, "bias metrics need the field label"),
        ({"label": "aproved"}, "label names no column: 'aproved'. Did you mean 'approved'"),
        ({"label": 9}, "label is 9, and there are 5 columns"),
        ({"facet": [{"name_or_index": "sx"}]}, "facet names no column: 'sx'"),
        ({"facet": [{"name": "sex"}]}, r"unknown field facet\[0\].name"),
        ({"headers": ["a", "b"]}, "headers has 2 names, and loans.csv 5 columns"),
        ({"segment_config": []}, "segment_config is not supported here"),
        ({"predictor": {"model_name": "m"}}, "missing field predictor.instance_type"),
        ({"predictor": {}}, "predictor needs one of the fields model_name and endpoint_name"),
        (
            {
                "methods": {"shap": {"text_config": {"granularity": "token"}}},
                "predictor": {"endpoint_name": "e"},
            },
            "methods.shap.text_config is not supported here: text is not explained",
        ),
        (
            {"predictor": {"endpoint_name": "e", "content_type": "application/jsonlines"}},
            r"content_template has no placeholder \$features",
        ),
    ],
)
def test_an_invalid_configuration_is_refused_by_its_field(
    changed: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=message):
        run_loans(tmp_path, make_config(**changed))
    assert not (tmp_path / "processing" / "output").exists()


def test_a_configuration_that_is_no_json_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"analysis_config.json is not JSON"):
        run_loans(tmp_path, "{")


def test_an_empty_data_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="the data set has no rows"):
        run_clarify(tmp_path, make_config(), {"loans.csv": ""})


def test_the_configuration_is_the_file_of_its_input_whatever_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "processing" / "input" / "settings"
    folder.mkdir(parents=True)
    assert find_config(Paths(tmp_path)) is None
    entry = {
        "InputName": "analysis_config",
        "S3Input": {"LocalPath": "/opt/ml/processing/input/settings"},
    }
    (tmp_path / "config").mkdir()
    described = json.dumps({"ProcessingInputs": [entry]})
    (tmp_path / "config" / "processingjobconfig.json").write_text(described)
    assert find_config(Paths(tmp_path)) is None
    (folder / "bias.json").write_text("{}")
    assert find_config(Paths(tmp_path)) == folder / "bias.json"
    (folder / "other.json").write_text("{}")
    assert find_config(Paths(tmp_path)) is None
    (folder / "analysis_config.json").write_text("{}")
    assert find_config(Paths(tmp_path)) == folder / "analysis_config.json"
