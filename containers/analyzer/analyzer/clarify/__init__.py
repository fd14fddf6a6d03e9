"""SageMaker Clarify: bias and explanations."""
