"""Lineage that the service writes by itself: of jobs, model packages and endpoints."""
