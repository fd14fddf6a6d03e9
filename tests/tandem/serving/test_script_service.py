"""A script's functions behind the doors: what they get, what becomes of what they give."""

from __future__ import annotations

import io
import json
import pickle
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from flask.testing import FlaskClient

from tandem.contract import settings
from tandem.contract.entry_point import EntryPoint, find_model_entry_point
from tandem.errors import ScriptError, UserError
from tandem.serving.app import create_app
from tandem.serving.model_service import make_service
from tandem.serving.script_service import LoadedScript, load_script
from tests.tandem.script.jobs import restore_modules

MODEL = """
class Doubler:
    def predict(self, rows):
        assert rows.ndim == 2
        return rows.sum(axis=1) * 2

def model_fn(model_dir):
    return Doubler()
"""
ECHO = """
import json
def model_fn(model_dir):
    return None
def transform_fn(model, body, content_type, accept):
    return json.dumps([type(body).__name__, str(body), content_type, accept]), 'application/json'
"""
Serve = Callable[..., FlaskClient]


@pytest.fixture(autouse=True)
def _left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with restore_modules(monkeypatch):
        yield


def loaded(folder: Path, script: str, **files: str) -> LoadedScript:
    code = folder / "code"
    code.mkdir(parents=True, exist_ok=True)
    (code / "serving_script.py").write_text(script)
    for name, text in files.items():
        (code / f"{name}.py").write_text(text)
    program = EntryPoint("serving_script.py", str(code))
    return load_script(program, folder, settings.read({"SAGEMAKER_BASE_DIR": str(folder)}))


@pytest.fixture
def client(tmp_path: Path) -> Serve:
    def make(script: str, accept: str = "", **files: str) -> FlaskClient:
        environment = settings.read({"SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": accept})
        return create_app(
            make_service(loaded(tmp_path, script, **files), environment, 3)
        ).test_client()

    return make


def npy(array: object) -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.asarray(array), allow_pickle=True)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"1,2\n3,4\n", "text/csv"),
        (b"1,2\r\n3,4", "TEXT/CSV; charset=utf-8"),
        (b"[[1,2],[3,4]]", "application/json"),
        (b"[[1,2],[3,4]]", None),
        (npy([[1, 2], [3, 4]]), "application/x-npy"),
    ],
)
def test_without_functions_of_its_own_arrays_come_and_go(
    client: Serve, body: bytes, content_type: str | None
) -> None:
    answer = client(MODEL).post("/invocations", data=body, content_type=content_type)
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    assert answer.json == [6.0, 14.0]


@pytest.mark.parametrize("body", [b"1,2,3", b"[1,2,3]"])
def test_one_row_is_one_row(client: Serve, body: bytes) -> None:
    kind = "application/json" if body.startswith(b"[") else "text/csv"
    assert client(MODEL).post("/invocations", data=body, content_type=kind).json == [12.0]


@pytest.mark.parametrize(
    ("accept", "content_type", "body"),
    [
        ("text/csv", "text/csv", b"6.0\n14.0\n"),
        ("application/json;q=0.1, text/csv", "text/csv", b"6.0\n14.0\n"),
        ("*/*", "text/csv", b"6.0\n14.0\n"),
        ("application/json", "application/json", b"[6.0, 14.0]"),
    ],
)
def test_accept_is_weighed(client: Serve, accept: str, content_type: str, body: bytes) -> None:
    app = client(MODEL, accept="text/csv")
    answer = app.post("/invocations", data=b"[[1,2],[3,4]]", headers={"Accept": accept})
    assert (answer.content_type, answer.data) == (content_type, body)


@pytest.mark.parametrize(
    ("body", "content_type", "accept", "status", "message"),
    [
        (b"<a/>", "text/xml", "", 415, "content type 'text/xml' is not supported"),
        (b"[[1]]", "application/json", "text/xml", 406, "content type 'text/xml' is not supported"),
        (b"1,x\n", "text/csv", "", 400, "the body cannot be read as text/csv of numbers"),
        (b"1,2\n3\n", "text/csv", "", 400, "the body cannot be read as text/csv of numbers"),
        (b"[[1", "application/json", "", 400, "cannot be read as application/json"),
        (b"\xff", "text/csv", "", 400, "the body is not text in utf-8"),
        (b"1", "text/csv; charset=martian", "", 400, "the body is not text in martian"),
        (b"\x93NUMPY", "application/x-npy", "", 400, "cannot be read as application/x-npy"),
        (b"", "application/json", "", 400, "cannot be read as application/json"),
    ],
)
def test_what_cannot_be_answered_is_refused(
    client: Serve, body: bytes, content_type: str, accept: str, status: int, message: str
) -> None:
    headers = {"Accept": accept} if accept else {}
    answer = client(MODEL).post(
        "/invocations", data=body, content_type=content_type, headers=headers
    )
    assert answer.status_code == status
    assert message in (answer.json or {})["message"]


class Mine:
    """What a pickle could make: a call of anything."""

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return (pytest.fail, ("a request was unpickled",))


def test_a_pickle_in_a_request_is_never_opened(client: Serve) -> None:
    app = client(MODEL)
    objects = np.array([Mine()], dtype=object)
    for body in (npy(objects), pickle.dumps(Mine())):
        answer = app.post("/invocations", data=body, content_type="application/x-npy")
        assert answer.status_code == 400


def test_text_is_decoded_and_types_are_bare(client: Serve) -> None:
    app = client(ECHO)
    answer = app.post(
        "/invocations", data="é".encode("latin-1"), content_type="Text/CSV; charset=latin-1"
    )
    assert answer.json == ["str", "é", "text/csv", "application/json"]
    answer = app.post("/invocations", data=b"x", content_type="image/png")
    assert answer.json == ["bytes", "b'x'", "image/png", "application/json"]


@pytest.mark.parametrize(
    ("given", "status", "content_type", "body"),
    [
        ("'plain'", 200, "text/csv", b"plain"),
        ("b'raw'", 200, "text/csv", b"raw"),
        ("('both', 'text/plain')", 200, "text/plain", b"both"),
        ("np.array([[1, 2]])", 200, "text/csv", b"1,2\n"),
        ("worker.Response('r', mimetype='text/csv')", 200, "text/csv", b"r"),
        ("worker.Response('r', status=422)", 422, "application/json", b"r"),
        ("flask.Response('r', content_type='a/b')", 200, "a/b", b"r"),
    ],
)
def test_an_answer_may_have_any_of_the_usual_forms(
    client: Serve, given: str, status: int, content_type: str, body: bytes
) -> None:
    script = (
        "import flask, numpy as np\n"
        "from sagemaker_containers.beta.framework import worker\n"
        "def model_fn(model_dir): return None\n"
        "def predict_fn(data, model): return data\n"
        f"def output_fn(prediction, accept): return {given}\n"
    )
    answer = client(script).post("/invocations", data=b"[1]", headers={"Accept": "text/csv"})
    assert (answer.status_code, answer.content_type, answer.data) == (status, content_type, body)


RAISING = """
from sagemaker_inference import errors
class UnsupportedFormatError(Exception): pass
def model_fn(model_dir): return None
def input_fn(body, content_type):
    {input}
def predict_fn(data, model):
    {predict}
def output_fn(prediction, accept):
    {output}
"""


@pytest.mark.parametrize(
    ("place", "error", "status", "message"),
    [
        ("input", "errors.UnsupportedFormatError('x/y')", 415, "input_fn of serving_script.py: "),
        ("input", "UnsupportedFormatError('mine')", 415, "input_fn of serving_script.py: mine."),
        ("output", "errors.UnsupportedFormatError('x/y')", 406, "output_fn of serving_script.py"),
        ("predict", "KeyError('secret')", 500, "predict_fn of serving_script.py raised KeyError;"),
        (
            "predict",
            "errors.GenericInferenceToolkitError(422, 'secret')",
            422,
            "predict_fn of serving_script.py raised GenericInferenceToolkitError;",
        ),
    ],
)
def test_what_a_function_raises_is_an_answer_without_its_secrets(
    client: Serve, place: str, error: str, status: int, message: str
) -> None:
    lines = dict.fromkeys(("input", "predict", "output"), "return b''") | {place: f"raise {error}"}
    answer = client(RAISING.format(**lines)).post("/invocations", data=b"[1]")
    assert answer.status_code == status
    assert (answer.json or {})["message"].startswith(message)
    assert b"secret" not in answer.data
    assert b"Traceback" not in answer.data


def test_a_trailing_context_is_tolerated(client: Serve) -> None:
    script = (
        "def model_fn(model_dir, context): return 2\n"
        "def predict_fn(data, model, context): return data * model\n"
    )
    assert client(script).post("/invocations", data=b"[1, 2]").json == [[2.0, 4.0]]


def test_batch_transform_is_told_what_fits_or_what_the_script_says(client: Serve) -> None:
    answer = client(MODEL).get("/execution-parameters")
    assert (answer.json or {})["MaxConcurrentTransforms"] == 6
    own = MODEL + "def execution_parameters_fn(): return {'BatchStrategy': 'SINGLE_RECORD'}\n"
    assert client(own).get("/execution-parameters").json == {"BatchStrategy": "SINGLE_RECORD"}


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("x = 1", r"serving_script\.py has no function model_fn\(model_dir\)"),
        (ECHO + "def predict_fn(d, m): ...", "has transform_fn, which stands for predict_fn"),
        ("import nowhere_to_be_found", "raised ModuleNotFoundError: No module named"),
        ("raise SystemExit(2)", "the import of serving_script.py raised SystemExit: 2"),
        ("def model_fn(d): raise OSError('no model')", "model_fn .* raised OSError: no model"),
    ],
)
def test_a_script_that_cannot_serve_does_not_start(
    tmp_path: Path, script: str, sentence: str
) -> None:
    with pytest.raises(UserError, match=sentence):
        loaded(tmp_path, script)


def test_two_models_may_have_files_of_the_same_names(tmp_path: Path) -> None:
    script = (
        "import helping\ndef model_fn(d): return helping.VALUE\ndef predict_fn(d, m): return [m]\n"
    )
    made = [loaded(tmp_path / n, script, helping=f"VALUE = {n!r}") for n in ("one", "two")]
    answers = [make_service(s, settings.read({})).invoke(None, None, b"[1]").body for s in made]
    assert answers == [b'["one"]', b'["two"]']


def test_a_module_of_the_users_comes_before_one_of_the_image(tmp_path: Path) -> None:
    import preprocessor

    script = "import preprocessor\ndef model_fn(d): return preprocessor.MINE\n"
    made = loaded(tmp_path, script, preprocessor="MINE = 'my own'")
    assert made.model == "my own"
    assert sys.modules["preprocessor"] is not preprocessor


def test_what_was_pickled_in_the_training_script_is_found(tmp_path: Path) -> None:
    (tmp_path / "script.json").write_text(json.dumps({"program": "training.py"}))
    (tmp_path / "model").write_bytes(b"\x80\x04c__main__\nBox\n)\x81.")  # an instance of Box
    script = (
        "import pathlib, pickle\n"
        "def model_fn(d): return pickle.loads(pathlib.Path(d, 'model').read_bytes())\n"
    )
    made = loaded(tmp_path, script, training="class Box: size = 3")
    assert made.model.size == 3
    with pytest.raises(ScriptError, match="AttributeError"):
        loaded(tmp_path, script, training="class Crate: ...")


def test_a_script_is_loaded_where_the_program_is_no_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "__main__")
    script = loaded(tmp_path, "class Box: pass\n" + MODEL)
    box = vars(sys.modules["__main__"])["__getattr__"]("Box")
    assert (script.functions.name, box.__name__) == ("serving_script.py", "Box")


def test_an_artifact_says_which_program_serves(tmp_path: Path) -> None:
    quiet, told = settings.read({}), settings.read({"SAGEMAKER_PROGRAM": "other.py"})
    (tmp_path / "code").mkdir()
    assert find_model_entry_point(tmp_path, quiet) is None
    (tmp_path / "script.json").write_text('{"program": "train.py"}')
    assert find_model_entry_point(tmp_path, quiet) == EntryPoint("train.py", str(tmp_path / "code"))
    (tmp_path / "code" / "inference.py").write_text("")
    assert find_model_entry_point(tmp_path, quiet) == EntryPoint(
        "inference.py", str(tmp_path / "code")
    )
    assert find_model_entry_point(tmp_path, told) == EntryPoint("other.py", str(tmp_path / "code"))
