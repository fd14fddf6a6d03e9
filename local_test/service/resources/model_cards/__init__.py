"""Model cards: versions of a document about a model, their schema, exports as PDF and HTML."""
