"""Attacks on servers, trainings and the local service: one module an attack, one registry."""
