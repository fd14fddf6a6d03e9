"""Executions of monitoring schedules: the data of a window, processing jobs, and their verdict."""
