"""Pages of the console for pipelines and their executions."""
