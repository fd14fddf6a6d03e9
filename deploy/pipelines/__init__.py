"""A model's way from commit to endpoint: a SageMaker pipeline, an approval, a deployment."""
