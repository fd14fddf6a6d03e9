"""The explainer's container of an endpoint configuration with an ExplainerConfig."""

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local_test.endpoints import Endpoint, Stage
from local_test.engines import LogSink
from local_test.errors import UserError
from local_test.platform.limits import PING_WINDOW_SECONDS
from local_test.service.backend import Backend
from local_test.service.resources.endpoint_configs.explainer_config import (
    BASELINE,
    BASELINE_URI,
    read_clarify,
)
from local_test.service.storage.s3 import parse_uri

_IMAGE = "tandem-analyzer"
_FILE = "explainer.json"
_ENVIRONMENT = {
    "SAGEMAKER_MODEL_SERVER_WORKERS": "1",
    "MAX_CONTENT_LENGTH": str(2**31),
}


def build_explainer(
    backend: Backend,
    region: str,
    config: Mapping[str, Any],
    folder: Path,
    logs: LogSink,
    stop: threading.Event,
) -> Endpoint:
    """Return the container of an endpoint configuration's explainer, which is not started.

    Its files are written to `folder`, from where its start copies them. Raises UserError when there
    is no such baseline in S3, or no engine has the image.
    """
    clarify = read_clarify(config)
    shap = clarify["ShapConfig"]
    baseline = dict(shap["ShapBaselineConfig"])
    if BASELINE_URI in baseline:
        uri = parse_uri(baseline.pop(BASELINE_URI))
        baseline[BASELINE] = _decode(backend.storage(region).read(uri))
    content = clarify | {"ShapConfig": shap | {"ShapBaselineConfig": baseline}}
    folder.mkdir()
    (folder / _FILE).write_text(json.dumps(content), encoding="utf-8")
    engine, [image] = backend.resolve_images([_IMAGE], "serving")
    return Endpoint(
        [Stage(image.name, folder, _ENVIRONMENT)],
        engine,
        logs=lambda _, line: logs("explainer", line),
        ping_seconds=PING_WINDOW_SECONDS,
        payload_bytes=None,
        isolated=True,
        stop=stop,
    )


def _decode(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise UserError(f"{BASELINE_URI} is not UTF-8", "give CSV or JSON Lines") from None
