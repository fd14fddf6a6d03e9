"""Modules and arguments that make no pipeline."""

import sys
from pathlib import Path

import pytest

from deploy.pipelines.pipelines.definition import PipelineModuleError, load_pipeline


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module whose `get_pipeline` returns its arguments."""
    (tmp_path / "echoing.py").write_text(
        "def get_pipeline(role, data='d'):\n    return role, data\n"
    )
    (tmp_path / "bare.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "echoing", raising=False)
    return "echoing"


def test_keyword_arguments_reach_the_module(module: str) -> None:
    assert load_pipeline(module, '{"role": "r"}') == ("r", "d")


@pytest.mark.parametrize(
    ("name", "arguments", "sentence"),
    [
        ("nowhere", "{}", "nowhere: No module named 'nowhere'"),
        ("bare", "{}", "bare: .*get_pipeline"),
        ("echoing", "{", "--kwargs is not JSON"),
        ("echoing", "[]", r"--kwargs is no JSON object: \[\]"),
        ("echoing", '{"rolle": "r"}', "echoing.get_pipeline: .*rolle"),
    ],
)
def test_what_makes_no_pipeline_is_named(
    module: str, name: str, arguments: str, sentence: str
) -> None:
    assert module
    with pytest.raises(PipelineModuleError, match=sentence):
        load_pipeline(name, arguments)
