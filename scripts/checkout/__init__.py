"""This checkout: its root, its images and their variants, and programs run in it."""
