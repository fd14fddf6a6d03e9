"""Settings from the environment variables of the local SageMaker."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """PATH, LANG and DOCKER_HOST of the caller; `docker_host` is empty if it is not set.

    `registry_file` names the registry of Tandem's images; `cache` is a directory for caches.
    """

    path: str
    language: str
    docker_host: str
    registry_file: str
    cache: str

    @property
    def programs(self) -> Path:
        """The directory of the running Python, where the images' programs are installed."""
        return Path(sys.executable).parent


def read_environment() -> dict[str, str]:
    """Return a copy of all environment variables, for a child process."""
    return dict(os.environ)


def is_completing() -> bool:
    """Return whether a shell runs this command to complete its arguments (argcomplete's rule)."""
    return "_ARGCOMPLETE" in os.environ


def has_rich_terminal() -> bool:
    """Return whether a terminal, if there is one, may get colours and moves of its cursor.

    Source: https://no-color.org; TERM=dumb names a terminal that has neither.
    """
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def is_writable(folder: Path) -> bool:
    """Return whether this user may create files in a directory."""
    return os.access(folder, os.W_OK | os.X_OK)


def ignore_aws_profiles() -> None:
    """Have the AWS libraries of this process ignore the user's profiles and their files.

    The service's own clients and moto would fail where a profile does not exist.
    """
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
        os.environ.pop(name, None)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        os.environ[name] = os.devnull


def read_settings() -> Settings:
    """Read the settings from the current environment."""
    return Settings(
        path=os.environ.get("PATH", os.defpath),
        language=os.environ.get("LANG", "C.UTF-8"),
        docker_host=os.environ.get("DOCKER_HOST", ""),
        registry_file=os.environ.get("LOCAL_SAGEMAKER_REGISTRY")
        or str(_find_folder("XDG_CONFIG_HOME", "~/.config") / "registry.toml"),
        cache=str(_find_folder("XDG_CACHE_HOME", "~/.cache")),
    )


def _find_folder(variable: str, default: str) -> Path:
    """Return this command's folder of a kind (source: XDG Base Directory Specification)."""
    return Path(os.environ.get(variable) or default).expanduser() / "local-sagemaker"
