"""What an image costs before its first request: its size, its imports and its start."""
