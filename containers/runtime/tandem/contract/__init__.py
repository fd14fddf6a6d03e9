"""The container contract: paths, environment, hyperparameters, the job and exit codes."""
