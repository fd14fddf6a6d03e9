"""`device`, and the way to GPUs that the documentation shows."""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb

from booster.params.hyperparameters import SCHEMA
from booster.params.training_config import resolve_config
from booster.rounds.xgboost_messages import translate_messages
from tandem.contract.hyperparameters import resolve_hyperparameters
from tandem.errors import UserError

PAGE = Path(__file__).parents[3] / "docs" / "gpu-and-dask.md"


def test_cuda_is_refused_by_a_build_without_it() -> None:
    with pytest.raises(UserError, match="is built without CUDA"):
        resolve_config(
            resolve_hyperparameters(SCHEMA, {"device": "cuda", "num_round": "1"}), None, 2
        )


def test_cuda_is_refused_where_xgboost_would_turn_to_the_cpu() -> None:
    values = np.arange(40.0).reshape(20, 2)
    with pytest.raises(UserError) as caught, translate_messages():
        xgb.train({"device": "cuda"}, xgb.DMatrix(values, values[:, 0]), 1)
    assert str(caught.value) == (
        "hyperparameter 'device' is cuda, and there is no GPU here."
        " Choose an instance type with one, or leave 'device' out."
    )


def signatures() -> dict[str, set[str]]:
    """Read what `xgboost.dask` offers, and with which parameters; Dask need not be there."""
    found = importlib.util.find_spec("xgboost")
    assert found
    assert found.origin
    tree = ast.parse((Path(found.origin).parent / "dask" / "__init__.py").read_text())
    functions = {}
    for node in tree.body:
        made: list[ast.stmt] = node.body if isinstance(node, ast.ClassDef) else [node]
        for part in made:
            if isinstance(part, ast.FunctionDef) and (part is node or part.name == "__init__"):
                name = part.name if part is node else getattr(node, "name", "")
                arguments = (*part.args.args, *part.args.kwonlyargs)
                functions[name] = {argument.arg for argument in arguments}
    return functions


def test_the_sample_on_dask_calls_what_xgboost_has() -> None:
    (sample,) = (part.split("```")[0] for part in PAGE.read_text().split("```python\n")[1:])
    known = signatures()
    calls = [
        node
        for node in ast.walk(ast.parse(sample))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "dxgb"
    ]
    used = {
        call.func.attr: {word.arg for word in call.keywords}
        for call in calls
        if isinstance(call.func, ast.Attribute)
    }
    assert used == {"DaskQuantileDMatrix": set(), "train": {"num_boost_round", "evals"}}
    assert [name for name, words in used.items() if not words <= known[name]] == []
    assert known["train"] >= {"client", "params", "dtrain"}
    assert known["DaskQuantileDMatrix"] >= {"client", "data", "label"}
