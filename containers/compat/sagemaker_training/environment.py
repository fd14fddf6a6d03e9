"""The properties of the running training job."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tandem.contract import settings
from tandem.contract.paths import Paths
from tandem.script import environment

__all__ = ["Environment"]


class Environment(Mapping[str, Any]):
    """The job's properties, as attributes and as a mapping: `env.channel_input_dirs["train"]`."""

    def __init__(self) -> None:
        environment_settings = settings.read()
        self._job = environment.read(Paths(environment_settings.base_dir), environment_settings)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._job.values:
            raise AttributeError(f"the training environment has no {name!r}")
        return self._job.values[name]

    def __getitem__(self, name: str) -> Any:
        return self._job.values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._job.values)

    def __len__(self) -> int:
        return len(self._job.values)

    def to_cmd_args(self) -> list[str]:
        """Return the arguments that the script is started with."""
        return self._job.to_cmd_args()

    def to_env_vars(self) -> dict[str, str]:
        """Return the environment variables that the script is started with."""
        return self._job.to_env_vars()
