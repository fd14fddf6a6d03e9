"""`make api`, and the templates it hands to `sam deploy`."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from deploy.api import build
from scripts.checkout.shell import ROOT
from tests.archives import make_entry, make_sparse, write_tar_gz
from tests.deploy import tools

REGIONS = ("eu-central-1", "us-east-1")


@pytest.fixture(scope="module")
def model(recipe: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    archive = tmp_path_factory.mktemp("model") / "model.tar.gz"
    with tarfile.open(archive, "w:gz") as file:
        file.add(recipe, "recipe.json")
    return archive


@pytest.mark.parametrize("front", build.TEMPLATES)
def test_what_sam_is_given_stands_alone(model: Path, tmp_path: Path, front: str) -> None:
    (tmp_path / "function" / "front").mkdir(parents=True)
    (tmp_path / "function" / "front" / "old.py").touch()
    (tmp_path / "samconfig.toml").write_text("mine")
    assert build.main([str(model), "--front", front, "--output", str(tmp_path)]) == 0
    assert (tmp_path / "template.yaml").read_text() == build.TEMPLATES[front].read_text()
    assert (tmp_path / "samconfig.toml").read_text() == "mine"
    assert not (tmp_path / "function" / "front" / "old.py").exists()
    loaded = (
        "import front.handler as h, sys; print('deploy' in sys.modules, h._API._fields.required)"
    )
    environment = {"ENDPOINT_NAME": "houses", "AWS_DEFAULT_REGION": "eu-central-1"}
    done = subprocess.run(
        [sys.executable, "-c", loaded],
        cwd=tmp_path / "function",
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.stdout == "False ['Size', 'Slope', 'Zone', 'LotFrontage']\n", done.stderr


def test_an_archive_that_is_no_preprocessors_is_refused_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "recipe.json").write_text('{"columns": []}')
    for name, members in (("empty", []), ("other", ["recipe.json"])):
        with tarfile.open(tmp_path / f"{name}.tar.gz", "w:gz") as file:
            for member in members:
                file.add(tmp_path / member, member)
    cut = write_tar_gz(make_entry("recipe.json", bytes(range(256)) * 99))[:-99]
    (tmp_path / "cut.tar.gz").write_bytes(cut)
    hole, content = make_sparse(1 << 40)
    hole.pax_headers = {**hole.pax_headers, "GNU.sparse.name": "recipe.json"}
    (tmp_path / "hole.tar.gz").write_bytes(write_tar_gz((hole, content)))
    sentences = {
        "cut": "has no recipe.json",
        "hole": "recipe.json has 1099511627776 bytes; 64 MB are read",
        "none": "has no recipe.json: name the model.tar.gz of a preprocessor's training job",
        "empty": "has no recipe.json",
        "other": "recipe.json is no recipe of this version: KeyError('interactions')",
    }
    for name, sentence in sentences.items():
        words = [str(tmp_path / f"{name}.tar.gz"), "--output", str(tmp_path / "out")]
        assert build.main(words) == 1
        assert sentence in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_cloudformation_would_take_the_templates(tmp_path: Path) -> None:
    known = {**build.TEMPLATES, "iris": ROOT / "examples/iris/template.yaml"}
    for front, template in build.TEMPLATES.items():
        broken = template.read_text().replace("AccessLog.Arn", "Log.Arn").replace("29", "soon")
        (tmp_path / f"{front}.yaml").write_text(broken)
    templates = [*known.values(), *sorted(tmp_path.iterdir())]
    command = [
        str(tools.find_programs() / "cfn-lint"),
        "--format",
        "parseable",
        "--regions",
        *REGIONS,
    ]
    done = subprocess.run([*command, "--", *map(str, templates)], capture_output=True, text=True)
    complaints = [line.split(":", maxsplit=1) for line in done.stdout.splitlines()]
    assert {Path(file) for file, _ in complaints} == set(tmp_path.iterdir()), done.stdout
    for words in ("'Log' is not one of", "'soon' is not of type 'integer'"):
        assert len([told for _, told in complaints if words in told]) == 2, done.stdout


@pytest.mark.parametrize("front", build.TEMPLATES)
def test_the_function_may_invoke_one_endpoint_and_nothing_else(front: str) -> None:
    text = build.TEMPLATES[front].read_text()
    actions = [line.split()[1] for line in text.splitlines() if "Action:" in line]
    resources = [line.split()[-1] for line in text.splitlines() if "Resource:" in line]
    assert actions == ["sagemaker:InvokeEndpoint"]
    assert len(resources) == 1
    assert resources[0].endswith(':endpoint/${EndpointName}"')
