"""Lineage that the service writes by itself: jobs, model packages, endpoints, feature groups."""
