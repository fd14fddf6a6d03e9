"""Names that serving scripts import: encoders, content types, responses."""

from sagemaker_containers import training_env
from sagemaker_containers.beta.framework import (
    content_types,
    encoders,
    env,
    errors,
    mapping,
    modules,
    transformer,
    worker,
)

__all__ = [
    "content_types",
    "encoders",
    "env",
    "errors",
    "mapping",
    "modules",
    "training_env",
    "transformer",
    "worker",
]
