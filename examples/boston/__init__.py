"""Boston: every step of SageMaker by boto3 and by the SageMaker SDK, side by side."""
