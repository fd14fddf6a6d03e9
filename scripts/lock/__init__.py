"""Locked requirements: resolved by uv, fetched as wheels, installed below build/."""
