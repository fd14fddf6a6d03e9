"""Processing jobs: operations, containers and the upload of their outputs."""
