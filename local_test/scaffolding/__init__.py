"""New projects: files that are written once and belong to the user then."""
