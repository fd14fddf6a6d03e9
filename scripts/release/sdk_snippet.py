"""What a person pastes into a notebook after a push."""

from scripts.checkout.variants import ARM, Variant

ESTIMATOR = """
from sagemaker.estimator import Estimator

estimator = Estimator(
    image_uri="{uri}",
    role="<the ARN of your execution role>",
    instance_count=1,
    instance_type="{instance}",
)
"""

# SageMaker has Graviton for hosting; a model trained on any processor is served there.
MODEL = """
from sagemaker.model import Model

model = Model(
    image_uri="{uri}",
    model_data="<the S3 address of a trained model.tar.gz>",
    role="<the ARN of your execution role>",
)
model.deploy(initial_instance_count=1, instance_type="{instance}")
"""


def write_snippet(uri: str, variant: Variant) -> str:
    """Return the lines for one image, by the address with digest it was pushed to."""
    text = MODEL if variant is ARM else ESTIMATOR
    return text.format(uri=uri, instance=variant.instance)
