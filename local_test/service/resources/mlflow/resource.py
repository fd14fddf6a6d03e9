"""The resource types of managed MLflow, and what one server of either needs.

Source: SageMaker API reference, CreateMlflowTrackingServer and CreateMlflowApp. A tracking server
is addressed by its name, an app by an ARN that ends in an id.
"""

from dataclasses import dataclass
from typing import Any

from local_test.service.api.resource_type import ACCOUNT, ResourceType

TRACKING_SERVER = ResourceType(
    "TrackingServer", "mlflow-tracking-server", "TrackingServerSummaries", "MLflow tracking server"
)
APP = ResourceType("MlflowApp", "mlflow-app", "Summaries", "MLflow app")
TYPES = {resource.path: resource for resource in (TRACKING_SERVER, APP)}
STARTING = ("Creating", "Starting", "Updating")
RUNNING = ("Creating", "Created", "Starting", "Started", "Updating", "Updated")
_AUTOMATIC = "AutoModelRegistrationEnabled"


@dataclass(frozen=True)
class ServerKey:
    """What identifies a server: its type, region and name (an app's id)."""

    resource: ResourceType
    region: str
    name: str

    @property
    def arn(self) -> str:
        """The ARN."""
        return f"arn:aws:sagemaker:{self.region}:{ACCOUNT}:{self.resource.path}/{self.name}"

    @property
    def work_key(self) -> str:
        """The key of its process among the service's threads."""
        return self.resource.work_key(self.region, self.name)


def registers_models(record: dict[str, Any]) -> bool:
    """Return whether models registered in MLflow go to the model registry as well.

    Source: the API reference; off for tracking servers and on for apps unless the request says.
    """
    mode = record.get("ModelRegistrationMode", _AUTOMATIC)
    automatic = record.get("AutomaticModelRegistration", False)
    return bool(automatic if "TrackingServerName" in record else mode == _AUTOMATIC)
