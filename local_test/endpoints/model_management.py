"""The calls by which the platform loads a container's models and unloads them.

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
    """A container's status, 0 where it did not answer at all, and its words."""

    status: int
    message: bytes

    @property
    def loaded(self) -> bool:
        """Return whether the model can be asked now."""
        return self.status in {LOADED, ALREADY_LOADED}

    @property
    def out_of_memory(self) -> bool:
        """Return whether the container asks for another model to be unloaded first."""
        return self.status == OUT_OF_MEMORY


class ModelManagement:
    """One container's `/models`; threads may share it."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/models"

    def load(self, name: str, folder: str) -> ManagementResponse:
        """Have the model in `folder` loaded, a path as the container sees it."""
        body = json.dumps({"model_name": name, "url": folder}).encode()
        return self._call("POST", self._url, body)

    def unload(self, name: str) -> ManagementResponse:
        """Have a model unloaded; the answer comes when its memory is free."""
        return self._call("DELETE", f"{self._url}/{name}", None)

    def _call(self, method: str, url: str, body: bytes | None) -> ManagementResponse:
        # No connection is kept: a server may wait for kept ones before it ends.
        with urllib3.PoolManager(retries=False, timeout=MODEL_LOAD_SECONDS) as pool:
            try:
                response = pool.request(method, url, body=body, headers=_JSON)
            except urllib3.exceptions.HTTPError as error:
                return ManagementResponse(0, f"The container did not answer: {error}".encode())
        return ManagementResponse(response.status, response.data)
