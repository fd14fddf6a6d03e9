"""One feature store for the tests of a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.local_test.service.resources.feature_groups.feature_service import (
    FeatureService,
    open_feature_service,
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FeatureService]:
    with open_feature_service(tmp_path_factory.mktemp("store")) as service:
        yield service
