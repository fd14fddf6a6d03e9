"""Monitoring schedules: when a monitor's job runs, on which data, and its alerts."""
