"""The configuration of a Clarify job: `analysis_config.json`, checked field by field."""
