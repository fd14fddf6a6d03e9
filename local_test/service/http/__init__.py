"""The HTTP server: which requests may pass, and whether SageMaker or moto answers."""
