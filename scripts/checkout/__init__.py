"""The checkout every script works on: its root, its images and their variants, and programs run in it."""
