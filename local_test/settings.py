"""What the local SageMaker takes from its own environment, read in this one place."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """What is known of the caller's surroundings; `docker_host` is empty where nobody set it."""

    path: str
    language: str
    docker_host: str

    @property
    def programs(self) -> Path:
        """The directory of the running Python, where the images' programs are installed."""
        return Path(sys.executable).parent


def read_settings() -> Settings:
    """Take the settings from the environment as it is now."""
    return Settings(
        path=os.environ.get("PATH", os.defpath),
        language=os.environ.get("LANG", "C.UTF-8"),
        docker_host=os.environ.get("DOCKER_HOST", ""),
    )
