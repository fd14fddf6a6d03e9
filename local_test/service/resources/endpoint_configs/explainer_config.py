"""ExplainerConfig of an endpoint configuration, checked when it is created.

Source: API, ClarifyExplainerConfig and its structures; Developer Guide, "Configure and create an
endpoint" (online explainability): an invalid JMESPath fails the endpoint, not its configuration.
"""

from collections.abc import Mapping
from typing import Any

from local_test.service.api.api_errors import invalid
from local_test.service.resources.endpoint_configs.resource import list_configured
from local_test.service.storage.records import Record

EXPLAINER = "ExplainerConfig"
BASELINE, BASELINE_URI = "ShapBaseline", "ShapBaselineUri"
_MEDIA_TYPES = ("text/csv", "application/jsonlines")


def read_clarify(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the ClarifyExplainerConfig of an endpoint configuration that has one."""
    return dict(config[EXPLAINER]["ClarifyExplainerConfig"])


def check_explainer(request: Record) -> None:
    """Raise ApiError when an ExplainerConfig is incomplete, or stands beside what excludes it."""
    if EXPLAINER not in request:
        return
    if "ClarifyExplainerConfig" not in request[EXPLAINER]:
        raise invalid(f"{EXPLAINER} needs a ClarifyExplainerConfig.")
    clarify = read_clarify(request)
    _check_baseline(clarify["ShapConfig"]["ShapBaselineConfig"])
    template = clarify.get("InferenceConfig", {}).get("ContentTemplate")
    if template is not None and "$features" not in template:
        raise invalid("InferenceConfig.ContentTemplate needs the placeholder $features.")
    if "AsyncInferenceConfig" in request:
        raise invalid(f"{EXPLAINER} of an asynchronous endpoint: leave out one of both.")
    for _, variant in list_configured(request):
        name = variant["VariantName"]
        if "ServerlessConfig" in variant:
            raise invalid(f"{EXPLAINER} beside a ServerlessConfig: variant {name}.")
        if "ModelName" not in variant:
            raise invalid(f"{EXPLAINER} needs a ModelName: variant {name}.")


def _check_baseline(baseline: Mapping[str, Any]) -> None:
    if (BASELINE in baseline) == (BASELINE_URI in baseline):
        raise invalid(f"ShapBaselineConfig: give either a {BASELINE} or a {BASELINE_URI}.")
    media_type = baseline.get("MimeType", _MEDIA_TYPES[0])
    if media_type not in _MEDIA_TYPES:
        raise invalid(f"ShapBaselineConfig.MimeType {media_type}: {' or '.join(_MEDIA_TYPES)}.")
