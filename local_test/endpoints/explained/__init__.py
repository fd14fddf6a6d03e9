"""Endpoints whose predictions are explained by a container beside those of the model."""

from local_test.endpoints.explained.endpoint import ExplainedEndpoint

__all__ = ["ExplainedEndpoint"]
