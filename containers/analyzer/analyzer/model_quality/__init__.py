"""Model quality: ground truth merged with predictions, metrics and their constraints."""
