"""CloudWatch metrics that are read: statistics, percentiles and metric math."""
