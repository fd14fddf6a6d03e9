"""The names scripts import from Amazon's packages, and what is behind them here."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest

from sagemaker_containers import training_env
from sagemaker_containers.beta.framework import (
    content_types,
    encoders,
    env,
    errors,
    mapping,
    modules,
    transformer,
    worker,
)
from sagemaker_inference import content_types as inference_types
from sagemaker_inference import decoder, encoder
from sagemaker_inference import errors as inference_errors
from sagemaker_training import environment
from tests.tandem.script.jobs import Tree

ARRAY = np.array([[1.5, 2.0], [0.1, -3.0]])


@pytest.mark.parametrize("kind", ["application/json", "text/csv", "application/x-npy"])
def test_both_packages_give_back_what_was_written(kind: str) -> None:
    assert encoders.decode(encoders.encode(ARRAY, kind), kind).tolist() == ARRAY.tolist()
    assert decoder.decode(encoder.encode(ARRAY, kind), kind).tolist() == ARRAY.tolist()


def test_csv_keeps_words_and_loses_axes_of_length_one() -> None:
    assert encoders.decode("a,1\nb,2\n", content_types.CSV).tolist() == [["a", "1"], ["b", "2"]]
    assert encoders.csv_to_numpy("1,2,3\n").tolist() == [1.0, 2.0, 3.0]
    assert encoders.csv_to_numpy("1\n2\n", dtype=np.int64).tolist() == [1, 2]
    assert decoder.decode("1,2,3\n", inference_types.CSV).shape == (3,)


def test_a_flat_array_is_a_column_and_a_sparse_one_is_filled() -> None:
    from scipy.sparse import csr_matrix

    assert encoders.array_to_csv([1, 2]) == "1\n2\n"
    assert encoders.encode(np.array([[0.1]], dtype=np.float32), "text/csv") == "0.1\n"
    assert encoders.encode(csr_matrix(np.eye(2)), "application/json") == "[[1.0, 0.0], [0.0, 1.0]]"


@pytest.mark.parametrize("read", [encoders.decode, decoder.decode])
def test_objects_in_npy_are_refused_not_unpickled(read: object) -> None:
    stream = io.BytesIO()
    np.save(stream, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    assert callable(read)
    with pytest.raises(ValueError, match="allow_pickle"):
        read(stream.getvalue(), content_types.NPY)
    with pytest.raises(ValueError, match="Object arrays"):
        encoders.array_to_npy(np.array([{"a": 1}], dtype=object))


def test_one_error_means_an_unsupported_format_everywhere() -> None:
    assert errors.UnsupportedFormatError is inference_errors.UnsupportedFormatError
    with pytest.raises(errors.UnsupportedFormatError, match="'text/xml' is not supported"):
        encoders.encode([1], "text/xml")


def test_a_response_says_its_type_literally() -> None:
    answer = worker.Response("1,2\n", "text/csv", mimetype="text/csv")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/csv")
    assert worker.Response("{}").headers["Content-Type"] == "application/json"
    assert worker.Response(status=503).status_code == 503


def test_the_job_can_be_asked_for_its_properties(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = Tree(tmp_path / "ml")
    tree.configure({"train": {}}, sagemaker_program='"a.py"', depth="3")
    monkeypatch.setenv("SAGEMAKER_BASE_DIR", str(tree.root))
    job = environment.Environment()
    assert job.hyperparameters == {"depth": 3}
    assert job.channel_input_dirs["train"] == str(tree.root / "input/data/train")
    assert job["module_name"] == "a"
    assert json.loads(job.to_env_vars()["SM_HPS"]) == {"depth": 3}
    assert training_env().to_cmd_args() == ["--depth", "3"] == mapping.to_cmd_args({"depth": 3})
    assert dict(job)["user_entry_point"] == "a.py"
    with pytest.raises(AttributeError, match="has no 'colour'"):
        _ = job.colour


def test_an_endpoint_can_be_asked_for_its_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAGEMAKER_PROGRAM", "inference.py")
    monkeypatch.setenv("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", "text/csv")
    said = env.ServingEnv()
    assert (said.module_name, said.default_accept) == ("inference", "text/csv")
    assert env.channel_path("train").endswith("/input/data/train")


def test_modules_of_a_folder_are_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.path", ["/nowhere"])
    (tmp_path / "plain_module_for_compat.py").write_text("VALUE = 3")
    assert modules.import_module(str(tmp_path), "plain_module_for_compat.py").VALUE == 3
    assert not modules.has_requirements(str(tmp_path))
    assert not modules.exists("no_such_module_for_compat")


def test_the_default_functions_are_there() -> None:
    assert transformer.default_input_fn("1,2\n", "text/csv").tolist() == [[1.0, 2.0]]
    assert transformer.default_output_fn([1], "application/json") == ("[1]", "application/json")
