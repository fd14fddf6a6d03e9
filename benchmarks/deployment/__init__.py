"""Endpoints that change while they serve: bad models rolled back, instances that follow traffic."""
