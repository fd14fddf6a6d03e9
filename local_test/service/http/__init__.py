"""The HTTP server: access rules, and whether SageMaker or moto answers a request."""
