"""The house rules that a program can hold: which room may know which, and how large a room gets."""

from __future__ import annotations

import ast
import statistics
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = {
    "tandem": ROOT / "containers" / "runtime" / "tandem",
    "compat": ROOT / "containers" / "compat",
    "preprocessor": ROOT / "containers" / "preprocessor" / "preprocessor",
    "booster": ROOT / "containers" / "xgboost" / "booster",
    "sagemaker_xgboost_container": ROOT / "containers" / "xgboost" / "sagemaker_xgboost_container",
    "local_test": ROOT / "local_test",
    "deploy": ROOT / "deploy",
}
MAY_KNOW = {
    "tandem": set[str](),
    "compat": {"tandem"},
    "preprocessor": {"tandem"},
    "booster": {"tandem"},
    "sagemaker_xgboost_container": {"booster"},
    "local_test": set[str](),
    "deploy": set[str](),
}
# Below a room's edge nobody looks at the environment; each room has one place that does.
READS_ENVIRONMENT = {
    "containers/runtime/tandem/contract/settings.py",
    "deploy/api/front/settings.py",
    "local_test/settings.py",
}
MODULES = sorted(path for room in ROOMS.values() for path in room.rglob("*.py"))


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_arrows_point_one_way(room: str) -> None:
    forbidden = set(ROOMS) - {room} - MAY_KNOW[room]
    wrong = {
        relative(path): sorted(imports(path) & forbidden)
        for path in ROOMS[room].rglob("*.py")
        if imports(path) & forbidden
    }
    assert wrong == {}


def test_the_images_serving_rooms_import_neither_pandas_nor_scikit_learn() -> None:
    heavy = {"pandas", "sklearn", "dask", "distributed"}
    training_only = {"column_transformer.py", "dask_hosts.py", "data_frame.py"}
    module_level = {
        relative(path): sorted(top_level_imports(path) & heavy)
        for path in MODULES
        if path.name not in training_only
        and path.parent.name != "estimators"
        and top_level_imports(path) & heavy
    }
    assert module_level == {}


def top_level_imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def test_the_environment_is_read_in_one_place_a_room() -> None:
    readers = {
        relative(path)
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    }
    assert readers == READS_ENVIRONMENT


def test_no_error_is_caught_without_a_name() -> None:
    wide = {"Exception", "BaseException"}
    places = [
        f"{relative(path)}:{node.lineno}"
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in wide))
    ]
    assert places == []


def test_rooms_stay_small() -> None:
    lines = [len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES]
    assert statistics.median(lines) <= 120
    assert max(lines) <= 400


def test_functions_stay_short() -> None:
    lengths = sorted(
        (node.end_lineno or 0) - node.lineno + 1
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    )
    assert lengths[int(0.9 * len(lengths))] <= 25


def test_public_things_say_what_they_are() -> None:
    silent = [
        f"{relative(path)}:{name}"
        for path in MODULES
        for name, node in public(ast.parse(path.read_text(encoding="utf-8")))
        if ast.get_docstring(node) is None
    ]
    assert silent == []


def public(tree: ast.Module) -> list[tuple[str, ast.ClassDef | ast.FunctionDef]]:
    return [
        (node.name, node)
        for node in tree.body
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_")
    ]


def test_nothing_committed_names_this_machine() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    forbidden = ("/work" + "/main", "files.python" + "hosted.org", "pypi" + ".org")
    named = [
        f"{name}: {word}"
        for name in listed.stdout.split("\0")
        if name and (ROOT / name).is_file()
        for word in forbidden
        if word.encode() in (ROOT / name).read_bytes()
    ]
    assert named == []
