"""Programs that build, lock, push and document this project: what the Makefile calls."""
