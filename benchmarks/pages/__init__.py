"""The charts and paragraphs of the documentation that are written from measured results."""
