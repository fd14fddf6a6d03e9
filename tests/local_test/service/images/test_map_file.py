"""The user's map of images: read, looked at first, and refused with its line."""

from pathlib import Path

import pytest

from local_test.errors import UserError
from local_test.service.images.map_file import read_entries, read_image_map
from tests.local_test.service.images.test_image_map import SCIKIT
from tests.local_test.test_cli import run

MINE = '[[images]]\nrepository = "sagemaker-scikit-learn"\nimage = "{0}"\n'


def test_the_users_files_come_before_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "images.toml").write_text(MINE.format("tandem-state"))
    (tmp_path / "given.toml").write_text(MINE.format("tandem-given") + 'use = "training"\n')
    found = read_image_map(tmp_path, tmp_path / "given.toml")
    images = [
        entry.image for use in ("training", "serving") if (entry := found.find_entry(SCIKIT, use))
    ]
    assert images == ["tandem-given", "tandem-state"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("[[images]]\nrepository = \n", r"is no TOML: Invalid value \(at line 2, column 14\); "),
        ('\n[[images]]\nrepo = "a"\n', "entry in line 2: unknown key 'repo'; use repository, tag"),
        (MINE.format("a") + '[[images]]\nimage = "b"\n', "entry in line 4: repository is missing"),
        (MINE.format(""), "entry in line 1: needs an image or a refusal"),
        (MINE.format("a") + 'refusal = "b"\n', "entry in line 1: needs an image or a refusal"),
        (
            MINE.format("a") + 'use = "train"\n',
            "line 1: unknown use 'train'; use training, serving",
        ),
        (MINE.format("a") + "tag = [1]\n", "line 1: tag has a wrong type; write a text or a list"),
        (MINE.format("a") + "version = 3\n", "line 1: version has a wrong type; write a text$"),
        (
            MINE.format("a") + "environment = {A = 1}\n",
            "environment has a wrong type; write { NAME",
        ),
        ("images = 3\n", r"has more than entries \[\[images\]\]"),
        (MINE.format("a") + "[more]\n", r"has more than entries \[\[images\]\]"),
    ],
)
def test_an_invalid_file_is_one_sentence_with_its_line(
    tmp_path: Path, content: str, sentence: str
) -> None:
    path = tmp_path / "images.toml"
    path.write_text(content)
    with pytest.raises(UserError, match=sentence) as raised:
        read_entries(path)
    assert str(path) in str(raised.value)


def test_up_refuses_an_invalid_file_before_it_listens(tmp_path: Path) -> None:
    (tmp_path / "images.toml").write_text("images\n")
    state = ["--state", str(tmp_path / "state")]
    code, out, err = run("up", "--port", "0", *state, "--images", str(tmp_path / "images.toml"))
    assert (code, out) == (1, "")
    assert "images.toml is no TOML" in err
    assert "line 1" in err
    assert not (tmp_path / "state" / "sagemaker").exists()


def test_up_refuses_a_file_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"none\.toml cannot be read: No such file or directory; "):
        read_image_map(tmp_path, tmp_path / "none.toml")
