"""Servers under load over HTTP: Tandem, the plain pattern and a general server, side by side."""
