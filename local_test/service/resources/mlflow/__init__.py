"""Managed MLflow: tracking servers and apps, each a real `mlflow server` on this machine."""
