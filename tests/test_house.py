"""The house rules that a program can hold: arrows, circles, sizes and names.

`python -m scripts.structure` prints the figures behind them.
"""

from __future__ import annotations

import ast
import statistics
import subprocess
from pathlib import Path

import pytest

from scripts.structure import (
    PACKAGES,
    Package,
    find_circles,
    find_participles,
    find_shared_class_names,
    read_package,
)

ROOT = Path(__file__).parents[1]
ROOMS = {
    "tandem": ROOT / "containers" / "runtime" / "tandem",
    "compat": ROOT / "containers" / "compat",
    "analyzer": ROOT / "containers" / "analyzer" / "analyzer",
    "preprocessor": ROOT / "containers" / "preprocessor" / "preprocessor",
    "script_runner": ROOT / "containers" / "python" / "script_runner",
    "booster": ROOT / "containers" / "xgboost" / "booster",
    "sagemaker_xgboost_container": ROOT / "containers" / "xgboost" / "sagemaker_xgboost_container",
    "local_test": ROOT / "local_test",
    "deploy": ROOT / "deploy",
}
MAY_KNOW = {
    "tandem": set[str](),
    "compat": {"tandem"},
    "analyzer": {"tandem"},
    "preprocessor": {"tandem"},
    "script_runner": {"tandem"},
    "booster": {"tandem"},
    "sagemaker_xgboost_container": {"booster"},
    "local_test": set[str](),
    "deploy": set[str](),
}
# Below a room's edge nobody looks at the environment; each room has one place that does.
READS_ENVIRONMENT = {
    "containers/runtime/tandem/contract/settings.py",
    "deploy/api/front/settings.py",
    "deploy/pipelines/deployment/handler.py",
    "local_test/settings.py",
}
# The folders of a registry, where every module is of one kind, may hold more modules than others.
REGISTRIES = {
    "benchmarks/attacks/cases",
    "containers/preprocessor/preprocessor/transforms/steps",
    "containers/runtime/tandem/codecs",
    "local_test/commands",
    "local_test/conformance/checks",
}
# Trained with, never served with: these may import pandas, scikit-learn and Dask.
TRAINS = {
    "deploy/pipelines/pipelines/abalone/evaluate.py",
    "deploy/pipelines/pipelines/abalone/preprocess.py",
    "containers/preprocessor/preprocessor/data/data_frame.py",
    "containers/preprocessor/preprocessor/fit/column_transformer.py",
    "containers/runtime/tandem/hosts/dask_hosts.py",
}
# Whatever fails on the fast path is asked again of Flask, which logs and answers it.
CATCHES_ALL = {"containers/runtime/tandem/serving/fast_path.py"}
ESTIMATORS = "containers/preprocessor/preprocessor/transforms/estimators/"
# Processing jobs alone: nothing of the analyzer waits for a request.
NEVER_SERVES = "containers/analyzer/"
# One side of the wall that files, HTTP and exit codes go through, and the other.
SIDES = [["tandem", "analyzer", "preprocessor", "script_runner", "booster"], ["local_test"]]
LAYERED = [
    *PACKAGES.values(),
    *(ROOT / name for name in ("scripts", "benchmarks", "deploy", "examples")),
]
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
    module_level = {
        relative(path): sorted(top_level_imports(path) & heavy)
        for path in MODULES
        if relative(path) not in TRAINS
        and not relative(path).startswith((ESTIMATORS, NEVER_SERVES))
        and top_level_imports(path) & heavy
    }
    assert module_level == {}
    assert [path for path in TRAINS if not (ROOT / path).is_file()] == []


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
    assert [
        f"{relative(path)}:{line}"
        for path in MODULES
        if relative(path) not in CATCHES_ALL
        for line in find_wide_catches(ast.parse(path.read_text(encoding="utf-8")))
    ] == []


def find_wide_catches(tree: ast.Module) -> list[int]:
    """The lines of `except`, `except Exception` and `suppress(Exception)`, in a tuple too."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if (isinstance(node, ast.ExceptHandler) and (node.type is None or is_wide(node.type)))
        or (
            isinstance(node, ast.Call)
            and ast.unparse(node.func) in {"suppress", "contextlib.suppress"}
            and any(map(is_wide, node.args))
        )
    ]


def is_wide(caught: ast.expr) -> bool:
    names = {node.id for node in ast.walk(caught) if isinstance(node, ast.Name)}
    return bool(names & {"Exception", "BaseException"})


@pytest.mark.parametrize(
    "program",
    [
        "try: f()\nexcept: g()",
        "try: f()\nexcept Exception: g()",
        "try: f()\nexcept (OSError, BaseException) as error: g()",
        "with suppress(Exception): f()",
        "with contextlib.suppress(OSError, Exception): f()",
    ],
)
def test_every_form_of_a_wide_catch_is_found(program: str) -> None:
    assert len(find_wide_catches(ast.parse(program))) == 1


@pytest.mark.parametrize("folder", LAYERED, ids=relative)
def test_no_import_runs_in_a_circle(folder: Path) -> None:
    """Imports inside functions count, and so do those between the rooms of a folder."""
    package = read_package(folder)
    assert find_circles(package.read_imports()) == []
    assert package.find_room_circles() == {}


def test_a_circle_is_found_wherever_the_import_stands(tmp_path: Path) -> None:
    for name, program in {
        "p/__init__.py": "",
        "p/low/__init__.py": "",
        "p/low/a.py": "def late():\n    from p.high import b\n    return b\n",
        "p/low/c.py": "",
        "p/high/__init__.py": "",
        "p/high/b.py": "from p.low import c\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(program)
    package = read_package(tmp_path / "p")
    assert find_circles(package.read_imports()) == []
    assert package.find_room_circles() == {"p": [["p.high", "p.low"]]}
    (tmp_path / "p/low/c.py").write_text("import p.low.a\n")
    circle = find_circles(read_package(tmp_path / "p").read_imports())
    assert circle == [["p.high.b", "p.low.a", "p.low.c"]]
    assert find_circles(read_package(tmp_path / "p").read_imports(lazy=False)) == []


@pytest.mark.parametrize("folder", [*LAYERED, ROOT / "tests"], ids=relative)
def test_no_folder_is_crowded(folder: Path) -> None:
    package = read_package(folder)
    above = folder.parent.relative_to(ROOT)
    crowded = {
        (above / name.replace(".", "/")).as_posix(): len(modules)
        for name, modules in package.list_folders().items()
        if len(modules) > 14
    }
    assert set(crowded) - REGISTRIES == set()


@pytest.mark.parametrize("name", PACKAGES)
def test_functions_are_named_by_verbs(name: str) -> None:
    """Past participles, as in `parsed`, stay below one function in a hundred; properties may."""
    package = read_package(PACKAGES[name])
    functions = sum(1 for module in package.modules.values() for _ in module.list_functions())
    assert len(participles := find_participles(package)) < functions / 100, participles


@pytest.mark.parametrize("side", SIDES, ids="+".join)
def test_a_public_class_name_means_one_thing(side: list[str]) -> None:
    packages: list[Package] = [read_package(PACKAGES[name]) for name in side]
    assert find_shared_class_names(packages) == {}


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
