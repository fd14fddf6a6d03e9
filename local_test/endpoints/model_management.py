"""The requests that load and unload the models of a container.

Source: Developer Guide, 'Custom Containers Contract for Multi-Model Endpoints'.
"""

import json
from dataclasses import dataclass

import urllib3

from local_test.platform.limits import MODEL_LOAD_SECONDS

LOADED, ALREADY_LOADED, OUT_OF_MEMORY = 200, 409, 507
_JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class ManagementResponse:
    """A container's HTTP status, 0 without a response, and its body."""

    status: int
    message: bytes

    @property
    def loaded(self) -> bool:
        """Return whether the model is loaded."""
        return self.status in {LOADED, ALREADY_LOADED}

    @property
    def out_of_memory(self) -> bool:
        """Return whether another model must be unloaded first (507)."""
        return self.status == OUT_OF_MEMORY


class ModelManagement:
    """Client of one container's `/models`; thread-safe."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/models"

    def load(self, name: str, folder: str) -> ManagementResponse:
        """Load the model in `folder`, a path in the container."""
        body = json.dumps({"model_name": name, "url": folder}).encode()
        return self._call("POST", self._url, body)

    def unload(self, name: str) -> ManagementResponse:
        """Unload a model; the container responds when the memory is free."""
        return self._call("DELETE", f"{self._url}/{name}", None)

    def _call(self, method: str, url: str, body: bytes | None) -> ManagementResponse:
        # No connection is kept: a server may wait for kept ones before it ends.
        with urllib3.PoolManager(retries=False, timeout=MODEL_LOAD_SECONDS) as pool:
            try:
                response = pool.request(method, url, body=body, headers=_JSON)
            except urllib3.exceptions.HTTPError as error:
                return ManagementResponse(0, f"The container did not answer: {error}".encode())
        return ManagementResponse(response.status, response.data)
