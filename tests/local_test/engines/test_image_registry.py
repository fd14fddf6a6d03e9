"""`registry.toml`: the registry of Tandem's images, and their digests."""

from __future__ import annotations

from pathlib import Path

import pytest

from local_test.engines.docker_engine.image_registry import read_registry
from local_test.errors import UserError

DIGEST = f"sha256:{'0a' * 32}"


def test_an_image_is_found_by_its_short_name_and_its_reference(tmp_path: Path) -> None:
    file = tmp_path / "registry.toml"
    file.write_text(f'registry = "r.test:5000/team"\n[digests]\nxgboost = "{DIGEST}"\n')
    found = read_registry(file)
    uri = f"r.test:5000/team/tandem-xgboost@{DIGEST}"
    assert found.find_uri("xgboost") == found.find_uri("tandem-xgboost:latest") == uri
    assert [found.find_uri(name) for name in ("python", "tandem-xgboost:0.1.0")] == [None, None]


def test_without_a_file_no_image_is_pulled(tmp_path: Path) -> None:
    assert read_registry(tmp_path / "registry.toml").find_uri("xgboost") is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("registry", "is no TOML: "),
        ('registri = "r.test"', "unknown key 'registri'; use registry and [digests]"),
        ("[digests]", "registry is missing or invalid; write registry = "),
        ('registry = "https://r.test"', "registry is missing or invalid; write registry = "),
        ('registry = "r.test"\ndigests = 1', "digests is no table; write [digests]"),
        ('registry = "r.test"\n[digests]\na = "sha256:1"', "invalid digest of 'a'; write a = "),
        (f'registry = "r.test"\n[digests]\n"a/b" = "{DIGEST}"', "invalid digest of 'a/b'; "),
    ],
)
def test_an_invalid_file_is_refused(text: str, sentence: str, tmp_path: Path) -> None:
    file = tmp_path / "registry.toml"
    file.write_text(text)
    with pytest.raises(UserError) as raised:
        read_registry(file)
    assert str(raised.value).startswith(f"{file}")
    assert sentence in str(raised.value)
