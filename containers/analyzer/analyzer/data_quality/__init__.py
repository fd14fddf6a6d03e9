"""Data quality: statistics, constraints and the violations of a baseline."""
