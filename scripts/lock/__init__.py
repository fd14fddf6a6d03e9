"""Locked requirements: resolved by uv, read, fetched as wheels and installed in environments below build/."""
