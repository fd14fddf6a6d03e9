"""Tags of all resources."""
