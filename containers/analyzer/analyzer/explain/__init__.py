"""Explanations of predictions: Shapley values, their baselines, partial dependence."""
