"""The documentation says what the code does."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from scripts.docs import reference
from scripts.structure import PACKAGES
from tandem import codecs
from tandem.contract import settings
from tandem.data.tables import FEATURES, Table
from tests import blocks

ROOT = Path(__file__).parents[1]
DOCS = blocks.list_pages()
ARCHITECTURE = ROOT / "docs" / "architecture.md"
# The packages by name, and everything else by its path in the repository.
ROOMS = {folder.name: folder for folder in PACKAGES.values()}
PATH = re.compile(r"`([a-z_]+(?:/[a-z0-9_]+)+(?:/|\.(?:py|c|json|md))?)`")
LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)")


@pytest.mark.parametrize("name", sorted(reference.build_pages()))
def test_the_reference_pages_are_up_to_date(name: str) -> None:
    written = (reference.FOLDER / name).read_text(encoding="utf-8")
    assert written == reference.build_pages()[name], (
        "run `.venv/bin/python -m scripts.docs.reference`"
    )


def test_every_setting_and_error_is_documented() -> None:
    pages = reference.build_pages()
    assert [
        s.variable for _, s, _ in settings.list_settings() if s.variable not in pages["settings.md"]
    ] == []
    assert [
        k.title for k in reference.list_error_classes() if k.title not in pages["errors.md"]
    ] == []


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    targets = LINK.findall(page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


def find_paths(page: Path) -> list[str]:
    """The paths of this repository that a page names."""
    named = PATH.findall(page.read_text(encoding="utf-8"))
    tops = {path.name for path in ROOT.iterdir()} | set(ROOMS)
    return [path for path in named if path.partition("/")[0] in tops]


def locate(path: str) -> Path:
    package, _, rest = path.partition("/")
    return ROOMS[package] / rest if package in ROOMS else ROOT / path


@pytest.mark.parametrize(
    "page", [ARCHITECTURE, ROOT / "CONTRIBUTING.md"], ids=lambda page: page.name
)
def test_every_module_that_the_pages_name_exists(page: Path) -> None:
    named = find_paths(page)
    assert len(named) > 5
    assert [path for path in named if not locate(path).exists()] == []


def test_the_architecture_page_names_every_room() -> None:
    """The tables of rooms name every folder of the packages, and a registry's row every file."""
    listed = re.findall(r"(?m)^\| `([a-z_/]+/)` \|", ARCHITECTURE.read_text(encoding="utf-8"))
    folders = [
        f"{folder.name}/{module.parent.relative_to(folder).as_posix()}/".replace("/./", "/")
        for folder in ROOMS.values()
        for module in sorted(folder.rglob("*.py"))
    ]
    assert sorted(set(folders) - set(listed)) == []
    assert sorted(set(listed) - set(folders)) == []
    assert len(listed) == len(set(listed))


def test_the_two_commands_of_the_readme_are_the_ones_ci_runs() -> None:
    block = (ROOT / "README.md").read_text(encoding="utf-8").split("```sh\n")[1].split("```")[0]
    commands = [line.split("#")[0].strip() for line in block.splitlines()]
    assert commands == ["make demo", "make test"]
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert all(command in ci for command in commands)


def test_make_help_lists_every_verb_the_readme_names() -> None:
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    named = set(
        re.findall(r"(?m)(?:^|`)make ([a-z-]+)", (ROOT / "README.md").read_text(encoding="utf-8"))
    )
    assert {verb for verb in named if f"make {verb} " not in shown.stdout} == set()


def test_the_changelog_has_the_version() -> None:
    found = re.findall(
        r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    version = (ROOT / "containers/runtime/tandem/_version.py").read_text(encoding="utf-8")
    released = [heading for heading in found if heading != "Unreleased"]
    assert f'"{released[0]}"' in version


def test_the_documented_third_image_trains_and_answers(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "your-own-image.md").read_text(encoding="utf-8")
    code = page.split("```python\n")[1].split("```")[0]
    (tmp_path / "mean.py").write_text(code)
    program = "import sys, mean, tandem.cli; sys.exit(tandem.cli.run(mean.ALGORITHM, sys.argv[1:]))"
    base = tmp_path / "ml"
    (base / "input" / "config").mkdir(parents=True)
    (base / "input" / "data" / "train").mkdir(parents=True)
    (base / "input" / "data" / "train" / "a.csv").write_text("1,0,0\n4,0,0\n")
    config = {"hyperparameters": {"shrink": "0.5"}, "inputdataconfig": {"train": {}}}
    for name, content in config.items():
        (base / "input" / "config" / f"{name}.json").write_text(json.dumps(content))
    subprocess.run(
        [sys.executable, "-c", program, "train"],
        cwd=tmp_path,
        env={"SAGEMAKER_BASE_DIR": str(base)},
        check=True,
    )
    assert (base / "model" / "mean").read_text() == "1.25"
    answer = (
        "import mean, pathlib; m = mean.load(pathlib.Path('ml/model'));"
        " print(m.predict(m.example()).numbers)"
    )
    done = subprocess.run(
        [sys.executable, "-c", answer], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[[1.25]]\n"


def test_the_documented_stand_in_reads_records_and_refuses_other_widths(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "your-own-image.md").read_text(encoding="utf-8")
    (tmp_path / "linear.py").write_text(page.split("```python\n# linear.py\n")[1].split("```")[0])
    channel, config = tmp_path / "input" / "data" / "train", tmp_path / "input" / "config"
    channel.mkdir(parents=True)
    config.mkdir()
    features = np.column_stack([np.arange(10.0), np.ones(10)])
    rows = Table(features, label=(features[:, 0] > 4).astype(float), key=FEATURES)
    encoder = codecs.find_encoder("application/x-recordio-protobuf", "")[0]
    (channel / "records").write_bytes(encoder.encode(rows))
    (config / "inputdataconfig.json").write_text(json.dumps({"train": {}}))

    def run(*command: str, **parameters: str) -> subprocess.CompletedProcess[str]:
        (config / "hyperparameters.json").write_text(json.dumps(parameters))
        return subprocess.run(
            [sys.executable, *command],
            cwd=tmp_path,
            env={"SAGEMAKER_BASE_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
        )

    given = {"predictor_type": "binary_classifier", "mini_batch_size": "10"}
    done = run("linear.py", "train", **given, feature_dim="2")
    assert done.returncode == 0, done.stderr
    answer = (
        "import linear, numpy, pathlib; m = linear.load(pathlib.Path('model'));"
        " print(m.predict(linear.Table(numpy.array([[0.0, 1], [9, 1]]))).numbers.round()[:, 0])"
    )
    assert run("-c", answer).stdout == "[0. 1.]\n"
    run("linear.py", "train", **given, feature_dim="3")
    assert (
        "feature_dim is 3, and the rows have 2 features"
        in (tmp_path / "output" / "failure").read_text()
    )
