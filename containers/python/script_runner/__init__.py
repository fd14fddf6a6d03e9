"""The general Python image: a user's script trains, or any command runs."""
