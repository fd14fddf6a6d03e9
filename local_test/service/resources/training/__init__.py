"""Training jobs: operations, containers, metrics, checkpoints and spot interruption."""
