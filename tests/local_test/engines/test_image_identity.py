"""What identifies an image's content, by which a pipeline's step finds earlier results of it."""

from __future__ import annotations

import pytest

from local_test.engines import Engine
from local_test.errors import UserError


def test_an_image_has_an_identity_of_its_own(engine: Engine) -> None:
    first, second = (engine.identify_image(name) for name in ("xgboost", "preprocessor"))
    assert first == engine.identify_image("xgboost")
    assert first != second
    with pytest.raises(UserError, match="no-such"):
        engine.identify_image("no-such")
