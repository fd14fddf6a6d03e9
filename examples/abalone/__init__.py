"""Abalone: the age of a sea snail from its measures, as SageMaker's best-known pipeline does it."""
