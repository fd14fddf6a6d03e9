"""Prediction with a trained model, and the outputs beside the prediction."""
