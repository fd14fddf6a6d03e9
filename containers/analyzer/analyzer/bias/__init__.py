"""Bias metrics of a data set and of a model's predictions, as SageMaker Clarify defines them."""
