from __future__ import annotations

import pytest

from tandem import codecs
from tandem.codecs import content_negotiation
from tandem.errors import NotAcceptable, UnsupportedContentType


@pytest.mark.parametrize(
    "text", ["text/csv", "TEXT/CSV", " text/csv ; charset=utf-8", "text/csv;label_size=1"]
)
def test_a_content_type_is_read_whatever_its_case_and_parameters(text: str) -> None:
    assert content_negotiation.parse(text)[0] == "text/csv"


def test_parameters_are_kept() -> None:
    assert content_negotiation.parse('text/csv; Header="present"')[1] == {"header": "present"}


@pytest.mark.parametrize(
    "accept", [None, "", "*/*", "text/*", "application/json;q=0.5, text/csv", "TEXT/CSV"]
)
def test_accept_resolves_to_what_can_be_written(accept: str | None) -> None:
    assert codecs.find_encoder(accept, "text/csv")[1] == "text/csv"


@pytest.mark.parametrize("accept", ["image/png", "text/csv;q=0", "nonsense"])
def test_an_accept_that_nothing_satisfies_is_refused(accept: str) -> None:
    with pytest.raises(NotAcceptable, match=r"Accept text/csv, "):
        codecs.find_encoder(accept, "text/csv")


def test_an_unknown_content_type_is_refused_with_what_is_read() -> None:
    with pytest.raises(UnsupportedContentType, match=r"'image/png' is not read here. Send text/c"):
        codecs.find_decoder("image/png")
