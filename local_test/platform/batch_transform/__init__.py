"""Batch transform on the platform's side: objects split into requests, answers joined."""
