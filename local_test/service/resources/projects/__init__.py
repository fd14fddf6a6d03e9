"""Projects of SageMaker, and the one domain that they are made in."""
