"""Monitoring of data: false alarms, and the time and memory of an analysis."""
