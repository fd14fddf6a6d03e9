"""The contracts of the jobs: environment variables, files, the message of the end."""
