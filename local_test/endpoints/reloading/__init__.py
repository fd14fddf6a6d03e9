"""An endpoint that starts again when its source code or its model changes."""

from local_test.endpoints.reloading.reloading_endpoint import ReloadingEndpoint, list_watched

__all__ = ["ReloadingEndpoint", "list_watched"]
