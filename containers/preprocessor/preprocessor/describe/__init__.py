"""Descriptions of the training data: column profiles, Model Monitor's baseline, the HTML report."""
