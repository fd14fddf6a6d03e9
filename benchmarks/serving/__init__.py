"""One request: the whole of it, and each part of it in process."""
