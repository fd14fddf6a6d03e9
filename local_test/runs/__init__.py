"""Runs of experiments, as the console and `local-sagemaker runs` show them."""
