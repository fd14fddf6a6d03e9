"""The feature store of the local service: single records, joins, and a service that is killed."""
