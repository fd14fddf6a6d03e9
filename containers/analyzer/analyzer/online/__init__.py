"""Explanations of the requests of an endpoint, as its explainer container computes them."""
