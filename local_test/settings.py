"""Settings from the environment variables of the local SageMaker."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """PATH, LANG and DOCKER_HOST of the caller; `docker_host` is empty if it is not set."""

    path: str
    language: str
    docker_host: str

    @property
    def programs(self) -> Path:
        """The directory of the running Python, where the images' programs are installed."""
        return Path(sys.executable).parent


def read_settings() -> Settings:
    """Read the settings from the current environment."""
    return Settings(
        path=os.environ.get("PATH", os.defpath),
        language=os.environ.get("LANG", "C.UTF-8"),
        docker_host=os.environ.get("DOCKER_HOST", ""),
    )
