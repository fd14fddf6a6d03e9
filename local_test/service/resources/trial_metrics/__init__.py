"""The metrics API: BatchPutMetrics and BatchGetMetrics."""
