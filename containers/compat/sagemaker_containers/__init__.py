"""Names of Amazon's `sagemaker_containers` that scripts import; the code is Tandem's own."""

from sagemaker_training.environment import Environment

__all__ = ["training_env"]


def training_env() -> Environment:
    """Return the properties of the running training job."""
    return Environment()
