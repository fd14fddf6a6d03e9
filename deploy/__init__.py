"""Deployments on AWS in front of an endpoint."""
