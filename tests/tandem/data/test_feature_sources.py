"""Raw columns of features: as parameters of a media type, and in sums."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.codecs import content_negotiation
from tandem.data.feature_sources import index_columns, read_parameters
from tandem.errors import BadData

NAMES = st.sampled_from(["area", "Zone (all)", "größe", "a|b", "c+d", "e*5", "f;g", 'h"i', "%41,"])
SOURCES = st.lists(st.lists(NAMES, min_size=1, max_size=3), min_size=1, max_size=20)


@given(SOURCES)
def test_sources_survive_the_media_type(sources: list[list[str]]) -> None:
    given_sources = index_columns(sources)
    media_type = f"application/x-npy; columns=0f; {given_sources.to_parameters()}"
    _, parameters = content_negotiation.parse(media_type)
    assert read_parameters(parameters, len(sources)) == given_sources


@given(SOURCES, st.integers(0, 2**32 - 1))
def test_sums_by_column_keep_the_total(sources: list[list[str]], seed: int) -> None:
    values = np.random.default_rng(seed).normal(size=(4, 2, len(sources)))
    sums = index_columns(sources).sum_by_column(values)
    assert sums.shape == (4, 2, len({name for names in sources for name in names}))
    np.testing.assert_allclose(sums.sum(axis=-1), values.sum(axis=-1), atol=1e-12)


def test_a_feature_of_two_columns_counts_half_for_each() -> None:
    sources = index_columns([["area"], ["zone"], ["zone"], ["area", "zone"]])
    assert sources.to_parameters() == "raw=area|zone; sources=0|1*2|0+1"
    assert sources.sum_by_column(np.array([1.0, 2.0, 4.0, 0.5])).tolist() == [1.25, 6.25]


@pytest.mark.parametrize("text", ["0|1", "0|1*3", "0|2*2", "0|1*x", "", "0|1*2000000"])
def test_sources_of_another_number_of_features_are_refused(text: str) -> None:
    with pytest.raises(BadData, match="where the 3 features of the model come from"):
        read_parameters({"raw": "area|zone", "sources": text}, 3)
