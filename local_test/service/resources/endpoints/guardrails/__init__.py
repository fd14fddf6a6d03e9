"""Deployment guardrails: traffic moves to a new fleet in steps, and back when an alarm goes off."""
